"""Brings a live cluster up: to look at, to measure on, or to let storms pass over.

python -m tests.live demo
python -m tests.live demo --nodes 1000 --pods 20000
python -m tests.live scale --nodes 1000 --pods 20000
python -m tests.live storms --runs 200
python -m tests.live advice --runs 100
python -m tests.live kills --runs 200
python -m tests.live beside --workload FILE --nodepool FILE --minutes 60
python -m tests.live adopt --of cluster-autoscaler
python -m tests.live adopt --of cluster-autoscaler --keep-groups
python -m tests.live statuses
python -m tests.live mix --kind small --seed 21 > FILE
python -m tests.live --workload FILE --nodepool FILE --region us-east-1 --minutes 10 -o json
"""

import argparse
import json
import sys
from pathlib import Path

# The repository's package, when it has not been installed.
sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))


def main() -> int:
    """Run what is asked for."""
    # After the path is known.
    from . import adopted, beside, controlled, demo, kept, kills, runs, service_mixes, statuses

    parser = argparse.ArgumentParser(
        prog="python -m tests.live",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo.add_arguments(commands.add_parser("demo", help="a cluster to look at, until Ctrl-C"))
    scale = commands.add_parser("scale", help="what observing a large cluster takes")
    scale.add_argument("--nodes", type=int, default=1_000)
    scale.add_argument("--pods", type=int, default=20_000)
    scale.add_argument("--idle", type=int, default=60, help="seconds")
    storms = commands.add_parser("storms", help="a cache behind a server that comes and goes")
    storms.add_argument("--runs", type=int, default=200)
    storms.add_argument("--seed", type=int, default=0)
    storms.add_argument("--changes", type=int, default=2_000, help="the most of a storm")
    advice = commands.add_parser("advice", help="advice on clusters that models left")
    advice.add_argument("--runs", type=int, default=100)
    advice.add_argument("--seed", type=int, default=0)
    advice.add_argument("--workloads", type=int, default=12, help="the most of a cluster")
    observe = commands.add_parser("observe", help="what 'scale' measures")
    observe.add_argument("kubeconfig")
    observe.add_argument("idle", type=int)
    controlled.add_arguments(commands.add_parser("run", help="a workload that is controlled"))
    beside.add_arguments(commands.add_parser("beside", help="the same hour simulated and lived"))
    adopted.add_arguments(commands.add_parser("adopt", help="a change-over and the way back"))
    kills.add_arguments(commands.add_parser("kills", help="a controller that is killed"))
    service_mixes.add_arguments(commands.add_parser("mix", help="a service mix as manifests"))
    commands.add_parser("statuses", help="instances that fail their status checks (10 minutes)")
    given = sys.argv[1:]
    options = parser.parse_args(["run", *given] if given[:1] and given[0][0] == "-" else given)
    if options.command == "demo":
        return demo.run(options)
    if options.command == "run":
        return controlled.run(options)
    if options.command == "beside":
        return beside.run(options)
    if options.command == "adopt":
        return kept.run(options) if options.keep_groups else adopted.run(options)
    if options.command == "kills":
        return kills.main(options)
    if options.command == "mix":
        return service_mixes.run(options)
    if options.command == "observe":
        from .scale import observe as observed

        observed(options.kubeconfig, options.idle)
        return 0
    run = {
        "scale": runs.scale,
        "storms": runs.storms,
        "advice": runs.advice,
        "statuses": statuses.run,
    }[options.command]
    print(json.dumps(run(options), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
