"""Solutions in the making: visits by team-day, their times and overnight places."""
