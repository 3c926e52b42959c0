"""Delegation read off the interpreter's list of nodes."""

from export.checks.check import Outcome
from export.checks.xnnpack import DELEGATE, Delegation, Node, delegation, judge


def test_delegation_counts_the_nodes_between_border_tensors_when_a_node_is_left():
    nodes = [
        Node("CONV_2D", (0, 10), (1,)),
        Node("ADD", (1, 0), (2,)),
        Node("BROADCAST_TO", (2,), (3,)),
        Node("MUL", (3, 1), (4,)),
        Node(DELEGATE, (0, 10), (1, 2)),
        Node(DELEGATE, (3, 1), (4,)),
    ]
    assert delegation(nodes) == Delegation(nodes=4, taken=3, partitions=2, left={"BROADCAST_TO": 1})


def test_delegation_takes_nothing_when_there_is_no_delegate():
    assert delegation([Node("CONV_2D", (0,), (1,))]) == Delegation(1, 0, 0, {"CONV_2D": 1})


def test_judge_is_ok_only_when_one_partition_takes_all():
    assert judge(Delegation(4, 4, 1, {})).outcome is Outcome.OK
    assert judge(Delegation(4, 4, 2, {})).outcome is Outcome.WARNING
    found = judge(Delegation(4, 3, 2, {"BROADCAST_TO": 1}))
    assert found.summary == "takes 3 of 4 nodes in 2 partitions"
    assert found.reasons == ("BROADCAST_TO is left to TensorFlow Lite (1 nodes)",)
