"""Watched folders: scans that clerks drop are taken, worked on, and filed among the finished or the failed ones.

    look (what is there) → ready (has it stopped growing, does it open whole) → taking (renamed into one take)
    → the batch of the take, a `sohoa digitise` of its own → filing (by what the records say)

The state is in the tree and in the records, and in nothing else: every step can be begun again after a kill.
"""
