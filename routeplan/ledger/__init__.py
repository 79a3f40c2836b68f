"""Results of a campaign, and what is learned from them."""
