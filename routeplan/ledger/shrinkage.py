"""Rates of several groups, those with little data shrunk to the mean of all.

Three conjugate hierarchical models: counts are gamma-Poisson, successes beta-binomial, logarithms
of ratios normal (Tak, Kelly and Morris 2017, Rgbp, Journal of Statistical Software 78(5), section
2; Gelman et al. 2013, Bayesian Data Analysis, third edition, sections 2.7, 5.3 and 5.4). Each group
has a rate of its own, drawn from a distribution with a mean and a spread; both are unknown and
summed over on a grid, weighted by their marginal likelihood (section 5.3 there). Plugging in the
most likely spread instead would give none at all with three or four teams, and intervals that are
too short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, betaln, expit, gammainc, gammaln, logit, logsumexp, ndtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["BetaBinomial", "GammaPoisson", "Normal", "Rate", "dispersion", "shrink"]

Floats: TypeAlias = "NDArray[np.float64]"

SPREAD_SCALE = 0.3
"""Rates of teams that differ by a third are usual."""
SPREADS = np.geomspace(0.02, 0.95, 14)
# On the scale of the link, around the pooled estimate.
OFFSETS = np.linspace(-1.5, 1.5, 101)
NEGLIGIBLE = 1e-3
TOLERANCE = 1e-5
"""Of the ends of intervals, as a share of where they may lie."""
DISPERSION_WEIGHT = 4
"""Visits without overdispersion that are added to those observed."""


class Rate(NamedTuple):
    """A posterior mean and the ends of a central interval."""

    mean: float
    low: float
    high: float

    def map(self, function: Callable[[float], float]) -> Rate:
        """Return all three on another scale."""
        return Rate(function(self.mean), function(self.low), function(self.high))


class Model(Protocol):
    """Observations of all groups, each with its own rate; grids have shape (cells,)."""

    def __len__(self) -> int: ...

    def link(self, rate: float) -> float:
        """Return a rate on the scale on which means are compared."""

    def inverse(self, linked: Floats) -> Floats:
        """Return rates of their linked values."""

    def pooled(self, prior: float) -> float:
        """Return roughly the rate of all groups together, as a linked value."""

    def log_marginal(self, means: Floats, spreads: Floats) -> Floats:
        """Return the logarithm of the marginal likelihood of all groups at each cell."""

    def posterior(self, group: int, means: Floats, spreads: Floats) -> Posterior:
        """Return the posterior of a group's rate at each cell."""


class Posterior(NamedTuple):
    """Means, shape (cells,), the distribution function at a value, and where that is 0 and 1."""

    means: Floats
    cdf: Callable[[float], Floats]
    ends: tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class GammaPoisson:
    """Counts over exposures, both of shape (groups,); the spread is a coefficient of variation."""

    counts: Floats
    exposures: Floats

    def __len__(self) -> int:
        return len(self.counts)

    def link(self, rate: float) -> float:
        """Return the logarithm of a rate."""
        return float(np.log(rate))

    def inverse(self, linked: Floats) -> Floats:
        """Return rates of logarithms."""
        return np.exp(linked)

    def pooled(self, prior: float) -> float:
        """Return the logarithm of all counts over all exposures, with one count of the prior."""
        rate = (self.counts.sum() + 1) / (self.exposures.sum() + np.exp(-prior))
        return float(np.log(rate))

    def log_marginal(self, means: Floats, spreads: Floats) -> Floats:
        """Return the logarithm of a negative binomial likelihood, without constant terms."""
        shape = spreads**-2
        rate = shape / means
        total = np.zeros_like(means)
        for count, exposure in zip(self.counts, self.exposures, strict=True):
            total += gammaln(shape + count) - gammaln(shape)
            total -= shape * np.log1p(exposure / rate) + count * np.log(rate + exposure)
        return total

    def posterior(self, group: int, means: Floats, spreads: Floats) -> Posterior:
        """Return gamma distributions."""
        shape = spreads**-2
        rate = shape / means + self.exposures[group]
        shape = shape + self.counts[group]
        most = float((shape / rate).max()) * 20
        return Posterior(shape / rate, lambda value: gammainc(shape, rate * value), (0.0, most))


@dataclass(frozen=True, eq=False, slots=True)
class BetaBinomial:
    """Successes of trials, both of shape (groups,); the spread is the root of their correlation."""

    successes: Floats
    trials: Floats

    def __len__(self) -> int:
        return len(self.successes)

    def link(self, rate: float) -> float:
        """Return the logarithm of the odds."""
        return float(logit(rate))

    def inverse(self, linked: Floats) -> Floats:
        """Return rates of logarithms of odds."""
        rates: Floats = expit(linked)
        return rates

    def pooled(self, prior: float) -> float:
        """Return the log odds of all trials together, with two trials of the prior."""
        rate = (self.successes.sum() + 2 * expit(prior)) / (self.trials.sum() + 2)
        return float(logit(rate))

    def log_marginal(self, means: Floats, spreads: Floats) -> Floats:
        """Return the logarithm of a beta-binomial likelihood, without constant terms."""
        yes, no = self._shapes(means, spreads)
        total = np.zeros_like(means)
        for successes, trials in zip(self.successes, self.trials, strict=True):
            total += betaln(yes + successes, no + trials - successes) - betaln(yes, no)
        return total

    def posterior(self, group: int, means: Floats, spreads: Floats) -> Posterior:
        """Return beta distributions."""
        yes, no = self._shapes(means, spreads)
        yes = yes + self.successes[group]
        no = no + self.trials[group] - self.successes[group]
        return Posterior(yes / (yes + no), lambda value: betainc(yes, no, value), (0.0, 1.0))

    def _shapes(self, means: Floats, spreads: Floats) -> tuple[Floats, Floats]:
        prior_trials = spreads**-2 - 1
        return means * prior_trials, (1 - means) * prior_trials


@dataclass(frozen=True, eq=False, slots=True)
class Normal:
    """Averages of shape (groups,), each with its precision, 0 where a group has no observation."""

    averages: Floats
    precisions: Floats

    def __len__(self) -> int:
        return len(self.averages)

    def link(self, rate: float) -> float:
        """Return the value itself."""
        return rate

    def inverse(self, linked: Floats) -> Floats:
        """Return the values themselves."""
        return linked

    def pooled(self, prior: float) -> float:
        """Return the average of all groups by their precisions, with one more of the prior."""
        weights = self.precisions
        return float((prior + weights @ self.averages) / (1 + weights.sum()))

    def log_marginal(self, means: Floats, spreads: Floats) -> Floats:
        """Return the logarithm of a normal likelihood, without constant terms."""
        total = np.zeros_like(means)
        for average, precision in zip(self.averages, self.precisions, strict=True):
            if precision > 0:
                variance = spreads**2 + 1 / precision
                total -= (np.log(variance) + (average - means) ** 2 / variance) / 2
        return total

    def posterior(self, group: int, means: Floats, spreads: Floats) -> Posterior:
        """Return normal distributions."""
        precision = spreads**-2 + self.precisions[group]
        data = self.precisions[group] * self.averages[group]
        centre, deviation = (means * spreads**-2 + data) / precision, precision**-0.5
        reach = 10 * float(deviation.max())
        ends = float(centre.min()) - reach, float(centre.max()) + reach
        return Posterior(centre, lambda value: ndtr((value - centre) / deviation), ends)


def shrink(
    model: Model,
    *,
    prior: float,
    prior_sd: float,
    level: float,
    spread_scale: float = SPREAD_SCALE,
) -> tuple[Rate, tuple[Rate, ...]]:
    """Estimate the mean of all groups, and the rate of each.

    Parameters
    ----------
    model
        The observations of each group; one without any gets the mean of all, with the interval of
        a group that is yet to be seen.
    prior, prior_sd
        What is assumed of the mean, as a rate, and how far off that may be, as a standard deviation
        on the scale of the link.
    level
        Share of posterior probability inside each interval.
    spread_scale
        Scale of the half-normal prior of the spread.
    """
    linked = model.link(prior)
    grid = model.pooled(linked) + OFFSETS
    column, spreads = (axis.ravel() for axis in np.meshgrid(grid, SPREADS, indexing="ij"))
    means = model.inverse(column)
    # Spreads are spaced by their logarithm: each stands for an interval that grows with it.
    log_weight = np.log(spreads) - (spreads / spread_scale) ** 2 / 2
    log_weight += model.log_marginal(means, spreads) - ((column - linked) / prior_sd) ** 2 / 2
    weight = np.exp(log_weight - logsumexp(log_weight))
    kept = weight > NEGLIGIBLE * weight.max()
    means, spreads, weight = means[kept], spreads[kept], weight[kept] / weight[kept].sum()
    tails = (1 - level) / 2, (1 + level) / 2
    of_all = Rate(float(weight @ means), *_quantiles(means, weight, tails))
    rates = []
    for group in range(len(model)):
        posterior = model.posterior(group, means, spreads)
        ends = (_root(posterior, weight, tail) for tail in tails)
        rates.append(Rate(float(weight @ posterior.means), *ends))
    return of_all, tuple(rates)


def dispersion(expected: Floats, variances: Floats, observed: Floats, groups: int) -> float:
    """Return how much more visits of one group vary than the model lets them, at least 1.

    Pearson's statistic over its degrees of freedom (McCullagh and Nelder 1989, Generalized Linear
    Models, second edition, section 4.5.2), drawn to 1 where there are few visits. Counts and
    exposures divided by it have the right variance.

    Parameters
    ----------
    expected, variances, observed
        Of each visit, by the raw rate of its group; shape (visits,).
    groups
        Number of rates that were estimated.
    """
    usable = variances > 0
    squares = ((observed - expected)[usable] ** 2 / variances[usable]).sum()
    freedom = max(0, int(usable.sum()) - groups)
    return max(1.0, float((squares + DISPERSION_WEIGHT) / (freedom + DISPERSION_WEIGHT)))


def _quantiles(values: Floats, weight: Floats, shares: tuple[float, float]) -> tuple[float, float]:
    """Return quantiles of values that lie on a grid."""
    distinct, cell = np.unique(values, return_inverse=True)
    below = np.cumsum(np.bincount(cell, weight)) - np.bincount(cell, weight) / 2
    low, high = np.interp(shares, below, distinct)
    return float(low), float(high)


def _root(posterior: Posterior, weight: Floats, share: float) -> float:
    """Return the value with a share of a mixture's probability below it."""

    def excess(value: float) -> float:
        return float(weight @ posterior.cdf(value)) - share

    low, high = posterior.ends
    return float(brentq(excess, low, high, xtol=TOLERANCE * (high - low)))
