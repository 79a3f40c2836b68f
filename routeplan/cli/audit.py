"""Check a plan against every rule of its problem."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from routeplan.audit import audit_plan
from routeplan.cli import inputs, options
from routeplan.cli.output import Output
from routeplan.errors import AuditError
from routeplan.language import gettext as _
from routeplan.language import ngettext


@options.command()
@options.paths("problem", "plan")
def audit(out: Output, problem: Path, plan: Path) -> int:
    """Check a plan against every rule of its problem."""
    posed, sha256 = inputs.read_problem(problem)
    made = inputs.read_plan(plan)
    violations = audit_plan(posed, made, problem_sha256=sha256)
    lines = [str(violation) for violation in violations]
    if not violations:
        tours = ngettext("{n} tour", "{n} tours", len(made.tours))
        households = made.summary.households
        reached = ngettext("{n} household reached", "{n} households reached", households)
        lines = [_("the plan keeps every rule: {figures}", figures=f"{tours}, {reached}")]
    out.answer({"violations": [dataclasses.asdict(each) for each in violations]}, lines)
    return AuditError.exit_code if violations else 0
