"""What a network is beyond its architecture and its classes; kept in the checkpoint, so that it can be built again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from train.config import Recipe
from train.data.sample import Dataset, Sample
from train.data.task_labels import task_names
from train.models.hierarchy import load_paths


def structure_of(recipe: Recipe, dataset: Dataset, training: Sequence[Sample]) -> dict[str, Any]:
    """As JSON takes it; {} for a plain classifier.

    `body_parts`, `attributes` (names), `kept` and `interaction` of a network with tasks; `paths` of one that decides in
    steps; `colour`, `mean` and `std` of one that evens out colours first. ConfigError or DataError, in one line, where
    the data do not have what the recipe asks for.
    """
    found: dict[str, Any] = {}
    if recipe.objective.kind == "multi_task":
        tasks = recipe.tasks
        found |= {**task_names(dataset, training, tasks), "kept": tasks.kept, "interaction": tasks.interaction}
    if recipe.model.hierarchy:
        codes = [label.code for label in dataset.labels]
        found["paths"] = load_paths(recipe.model.hierarchy, codes, dataset.spec)
    if recipe.model.colour != "as_is":
        found |= {"colour": recipe.model.colour, "mean": list(recipe.model.mean), "std": list(recipe.model.std)}
    return found
