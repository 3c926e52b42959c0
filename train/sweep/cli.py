"""python -m train sweep --grid FILE --data D --out DIR [--init FILE|none] [--label-map M] [--address A]"""

from __future__ import annotations

import json
from pathlib import Path

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError, TrainingError, one_line
from train.progress import say


def sweep(argv: list[str]) -> int:
    """Train every cell of a grid and compare them; 0 when all are done, 4 when some have failed."""
    p = OneLineParser(prog="python -m train sweep", description="Train every cell of a grid and compare them.")
    p.add_argument("--grid", required=True, help="a name in train/sweep/grids, or a .toml file")
    p.add_argument("--data", required=True, help="KIND:PATH, as for a run; the grid says how it is cut")
    p.add_argument("--label-map", metavar="MAP", help="merge the data's classes: derm8, or a .toml file")
    p.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder; a sweep that is there is continued")
    p.add_argument("--init", metavar="FILE|none", help="initial weights, as for a run")
    p.add_argument("--address", default="local", metavar="local|auto|HOST:PORT|none",
                   help="where Ray trains: started here (local), the cluster that is found or named; none: one after "
                        "another in this process")  # fmt: skip
    options = p.parse_args(argv[1:])
    from train.data import spec
    from train.sweep import grid, on_ray, run

    wanted = grid.load_grid(options.grid)
    trials = grid.trials_of(wanted)
    data = spec.parse_whole(options.data, options.label_map)
    if data.scheme:
        raise ConfigError(f"data {options.data!r} names a cut; a grid has its own: write it into cuts")
    spec.refuse_missing(data)
    if grid.needs_masks(wanted) and not spec.has_masks(data):
        raise ConfigError(f"grid {options.grid} compares lesion masks; give them, as in KIND:PATH,{spec.MASKS}=FOLDER")
    if options.address != run.NO_RAY:
        on_ray.ray_module(options.address)
    work = run.Work(data, options.out, options.init, wanted.judge)
    failed = run.run_trials(trials, work, options.address)
    if len(failed) == len(trials):
        raise TrainingError(
            f"all {len(trials)} trainings have failed; the first: {one_line(next(iter(failed.values())))}"
        )
    facts = ["python", "-m", "train", *argv]
    places = run.write_tables(wanted, trials, failed, options.out, command=facts)
    for place in places:
        print(place)
    for name, reason in failed.items():
        say(f"failed: {name}: {reason}")
    (options.out / "failed.json").write_text(json.dumps(failed, indent=2) + "\n", encoding="utf-8")
    return 4 if failed else 0
