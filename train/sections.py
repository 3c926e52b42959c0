"""The sections of a recipe, each a frozen model whose contradictions are refused with the value and what to do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Sides of the resized photo per side of the crop, as the source paper has it (292 for 256).
RESIZE_FACTOR = 1.14

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class Section(BaseModel):
    """Unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class Model(Section):
    """The network and the square that it sees; `resize_px` 0 means 1.14 sides.

    `arch` is timm's, one of ours (train/models/architectures.py), or either with `+fc256` for a hidden layer of 256 in
    the head, a plain vision transformer with `+dermimit` for more tasks. `frozen` trains the head alone, on features
    that are computed once, so photos are not augmented. `hierarchy`, of vgg16_cbam_lstm, is a name in
    train/models/hierarchies or a .toml file. `colour` "shades_of_gray" makes the network even out the photo's colours
    first, so that phones do it too.
    """

    arch: str = "mobilevitv2_100"
    side_px: int = Field(default=256, ge=32, le=1024)
    resize_px: int = Field(default=0, ge=0, le=2048)
    filter: Literal["bilinear", "bicubic"] = "bilinear"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[Positive, Positive, Positive] = (0.229, 0.224, 0.225)
    pretrained: bool = True
    drop: float = Field(default=0.0, ge=0.0, lt=1.0)
    frozen: bool = False
    hierarchy: str = ""
    colour: Literal["as_is", "shades_of_gray"] = "as_is"

    @model_validator(mode="before")
    @classmethod
    def fill_resize(cls, values: Any) -> Any:
        """The resize side follows the crop unless it is given."""
        if isinstance(values, dict) and not values.get("resize_px") and isinstance(values.get("side_px", 256), int):
            return {**values, "resize_px": round(values.get("side_px", 256) * RESIZE_FACTOR)}
        return values

    @model_validator(mode="after")
    def check_resize(self) -> Model:
        """The crop lies within the resized photo."""
        if self.resize_px < self.side_px:
            raise ValueError(f"resize_px {self.resize_px} is below side_px {self.side_px}; make it larger or drop it")
        return self


class Sampler(Section):
    """Which samples an epoch draws: `sqrt` by class count to the power alpha, `plain` each one once.

    `strata` says what `sqrt` counts: the photos of a class, or those of a class taken in one way (dermoscopy, phone).
    """

    kind: Literal["sqrt", "plain"] = "sqrt"
    alpha: Share = 0.5
    strata: Literal["class", "class_and_acquisition"] = "class"
    epoch_multiplier: float = Field(default=1.5, gt=0.0, le=100.0)


class Loss(Section):
    """Cross-entropy or focal loss (`gamma`), class weights, and what the weighted sum is divided by.

    `scale` "mean_1" divides the weights by the classes' mean, "formula" leaves them as the formula has them. `tau`
    above 0 adjusts the logits in training by tau * log of the class's share (1: balanced softmax).
    """

    kind: Literal["cross_entropy", "focal"] = "cross_entropy"
    gamma: float = Field(default=2.0, ge=0.0, le=10.0)
    weighting: Literal["effective_number", "effective_samples", "class_balanced", "none"] = "effective_number"
    beta: float = Field(default=0.999, ge=0.0, lt=1.0)
    scale: Literal["mean_1", "formula"] = "mean_1"
    normalise: Literal["weights", "batch"] = "weights"
    tau: float = Field(default=0.0, ge=0.0, le=10.0)

    @property
    def focal_gamma(self) -> float:
        """The exponent of the focal loss; 0 is cross-entropy."""
        return self.gamma if self.kind == "focal" else 0.0


class Curriculum(Section):
    """Which photos of a batch count: the easiest, the hardest, the hardest of each class; from `full_from` on, all.

    `full_from` is a share of the epochs.
    """

    kind: Literal["none", "self_paced", "hard", "hard_by_class"] = "none"
    full_from: Share = 0.5

    @model_validator(mode="after")
    def check_full_from(self) -> Curriculum:
        """A curriculum leaves something out at first."""
        if self.kind != "none" and self.full_from == 0.0:
            raise ValueError(
                f"curriculum.kind {self.kind} with curriculum.full_from 0 leaves no photo out in any epoch; make it "
                "0.5, or the kind none"
            )
        return self


class Objective(Section):
    """What a step computes.

    "plain"; "batch_former", whose encoder of so many `heads` attends over the batch; "multi_task", the disease and
    `tasks`; "hierarchical", one decision after another; "distil", where a `teacher` (a checkpoint file) has the `share`
    of the loss at a `temperature`; "simsiam", which learns from photos without their classes, with projections of
    `width`.
    """

    kind: Literal["plain", "batch_former", "multi_task", "hierarchical", "distil", "simsiam"] = "plain"
    heads: int = Field(default=4, ge=1, le=64)
    dropout: float = Field(default=0.5, ge=0.0, lt=1.0)
    teacher: str = ""
    temperature: float = Field(default=4.0, gt=0.0, le=100.0)
    share: Share = 0.5
    width: int = Field(default=512, ge=8, le=8192)

    @model_validator(mode="after")
    def check_teacher(self) -> Objective:
        """Distillation has a teacher, nothing else has one."""
        if (self.kind == "distil") != bool(self.teacher):
            raise ValueError(
                f"objective.kind {self.kind} with objective.teacher {self.teacher!r}: distil needs a checkpoint as its "
                "teacher, other kinds have none"
            )
        return self


class Tasks(Section):
    """What a network answers beside the disease, what that counts in the loss, and how its tasks are joined.

    `attributes` are yes-or-no columns of the data. Each task looks at its `kept` patches of most attention (0: at all);
    with `interaction` it looks at those of the other tasks, too.
    """

    body_part: bool = False
    attributes: tuple[str, ...] = ()
    body_part_weight: Positive = 1.0
    attributes_weight: Positive = 1.0
    kept: int = Field(default=16, ge=0, le=4096)
    interaction: bool = True


class Optimizer(Section):
    """AdamW, Adam, or SGD with Nesterov's `momentum`; scales and biases are decayed like everything else."""

    kind: Literal["adamw", "adam", "sgd"] = "adamw"
    lr: Positive = 3e-4
    weight_decay: float = Field(default=0.05, ge=0.0)
    momentum: float = Field(default=0.9, gt=0.0, lt=1.0)


class Schedule(Section):
    """Of the learning rate, after a linear warm-up: cosine to `lr_min`, steps, plateau, or constant.

    "steps" multiplies by `factor` at the shares `drop_at` of the run; "plateau" does so when the validation loss has
    not fallen for `patience` epochs. Neither goes below `lr_min`.
    """

    kind: Literal["cosine", "steps", "plateau", "constant"] = "cosine"
    warmup_epochs: float = Field(default=0.0, ge=0.0)
    lr_min: float = Field(default=0.0, ge=0.0)
    drop_at: tuple[Share, Share] = (0.5, 0.75)
    factor: float = Field(default=0.1, gt=0.0, lt=1.0)
    patience: int = Field(default=3, ge=0)


class Augment(Section):
    """Ranges of torchvision's RandomResizedCrop, flips, ColorJitter and RandomRotation; elastic deformation; a policy.

    `elastic_reach` is the deviation of the displacements, in sides of the photo (0: none), on a grid of
    `elastic_cells`; only classes with fewer training photos than `elastic_below` are deformed (0: all). `policy`
    "auto_augment" is that of ImageNet, for classes with fewer training photos than `policy_below` (0: all). `cutmix` is
    the share of batches whose photos get a piece of one another.
    """

    scale: tuple[Share, Share] = (0.7, 1.0)
    ratio: tuple[Positive, Positive] = (0.9, 1.1)
    flip_horizontal: Share = 0.5
    flip_vertical: Share = 0.2
    brightness: Share = 0.1
    contrast: Share = 0.1
    saturation: Share = 0.1
    hue: float = Field(default=0.05, ge=0.0, le=0.5)
    rotation_degrees: float = Field(default=15.0, ge=0.0, le=180.0)
    corners: Literal["black", "photo"] = "black"
    elastic_reach: float = Field(default=0.0, ge=0.0, le=0.2)
    elastic_cells: int = Field(default=7, ge=3, le=32)
    elastic_below: int = Field(default=0, ge=0)
    policy: Literal["none", "auto_augment"] = "none"
    policy_below: int = Field(default=0, ge=0)
    cutmix: Share = 0.0

    @model_validator(mode="after")
    def check_ranges(self) -> Augment:
        """Both ranges rise, and a crop has some area."""
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"scale {self.scale} must rise from above 0 to at most 1, as in [0.7, 1.0]")
        if self.ratio[0] > self.ratio[1]:
            raise ValueError(f"ratio {self.ratio} must rise, as in [0.9, 1.1]")
        return self


class Fit(Section):
    """Length, batch, stopping, precision and the machine's share.

    `max_minutes` 0 means no limit; else the cosine is shortened as it goes so that training ends in time (the figures
    then depend on the machine's speed). `precision` auto: float16 autocast on CUDA and MPS, float32 on CPU.
    `batch_size` counts the photos of all processes together; each optimizer step takes `accumulate` such batches,
    each normalised by itself. `clip_norm` is the largest norm that the gradients may have together, 0 means any.
    """

    epochs: int = Field(default=60, ge=1, le=10_000)
    batch_size: int = Field(default=32, ge=2, le=4096)
    patience: int = Field(default=15, ge=1)
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    accelerator: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    memory: Literal["channels_last", "contiguous"] = "channels_last"
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    threads: int = Field(default=0, ge=0, le=256)
    max_minutes: float = Field(default=0.0, ge=0.0)
    accumulate: int = Field(default=1, ge=1, le=1024)
    clip_norm: float = Field(default=0.0, ge=0.0)
    compile: bool = False


class Ema(Section):
    """Moving average of the weights, which is then what is evaluated and exported; `decay` 0 means none."""

    decay: float = Field(default=0.0, ge=0.0, lt=1.0)
