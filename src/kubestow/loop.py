"""The control loop: observe, decide, execute, remember, wait. There is only this one.

What was decided while more pods of the same batch came is decided anew, and never happened.

It is synchronous and level-triggered. Between two turns it keeps only the memory, which may be lost
at any time.
"""

from kubestow import engine
from kubestow.model.memory import Memory
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.policies.policy import Policy
from kubestow.ports import Clock, Journal, NoJournal, World


def run(
    world: World,
    clock: Clock,
    policy: Policy,
    journal: Journal | None = None,
    *,
    memory: Memory | None = None,
    reporter: Reporter | None = None,
) -> Memory:
    """Run a policy on a world until the clock ends; return the last memory."""
    journal, reporter = journal or NoJournal(), reporter or SilentReporter()
    memory = memory or Memory()
    while True:
        snapshot = world.observe()
        decision, after = engine.step(snapshot, memory, policy, reporter)
        if clock.gathers_more():
            if clock.wait(0, snapshot.at):
                continue
            return memory
        journal.record(snapshot, memory, decision)
        outcomes = world.execute(decision)
        memory = after.learned(outcomes, snapshot.at)
        if not clock.wait(policy.period_seconds, decision.look_again_at):
            return memory
