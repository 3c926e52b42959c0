"""How many lesions or patients a figure needs; below that it says more about chance than about the model.

Shares of photos have Wilson's interval, which is honest for any number. All other figures are resampled, and of a few
lesions, or of a class that two lesions stand for, resampling gives an interval that is far too narrow. Then there is
none, and the figure says "too few".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.evaluate.bootstrap import GROUPS_MIN as SIDE_MIN
from train.evaluate.bootstrap import TOO_FEW, Interval
from train.evaluate.temperature import PHOTOS_MIN

# Of all, for any resampled figure; of malignant and of other lesions, for a sensitivity or specificity; of each class
# that occurs, for means over classes.
GROUPS_MIN, POSITIVES_MIN, CLASS_MIN = 20, 10, 5
# Of validation photos, to fit a temperature and choose thresholds; and malignant and others among them for operating
# points: of fewer than 20 nobody can see a specificity of 95 %.
VALIDATION_MIN, POINT_MIN = PHOTOS_MIN, 20

MEANS_OF_CLASSES = ("balanced_accuracy", "macro_f1", "macro_auc", "macro_average_precision")
OF_ANSWERS = ("balanced_accuracy", "weighted_f1", "macro_f1", "mcc")


@dataclass(frozen=True)
class Support:
    """Lesions or patients: all, those of the class that has fewest, and of what tells answers apart.

    `sides` are rightly and wrongly answered ones, or, of two models, those that only one of the two answers rightly.
    """

    groups: int
    smallest: int
    sides: tuple[int, ...]

    def enough(self, name: str) -> bool:
        """Whether figure `name` of the whole set can be resampled."""
        return (
            self.groups >= GROUPS_MIN
            and (name not in MEANS_OF_CLASSES or self.smallest >= CLASS_MIN)
            and (name not in OF_ANSWERS or min(self.sides) >= SIDE_MIN)
        )


def support_of(truth: np.ndarray, groups: np.ndarray, *sides: np.ndarray) -> Support:
    """Of photos of classes `truth` int [N] in `groups` int [N]; `sides` bool [N] each pick photos."""
    smallest = min((count(groups[truth == k]) for k in np.unique(truth)), default=0)
    return Support(count(groups), smallest, tuple(count(groups[side]) for side in sides))


def count(groups: np.ndarray) -> int:
    """How many different ones there are."""
    return len(np.unique(groups))


def where(enough: bool, interval: Interval) -> Interval:
    """`interval`, or its value alone where there is not `enough` to tell its limits."""
    return interval if enough or interval.value is None else Interval(interval.value, method=TOO_FEW)
