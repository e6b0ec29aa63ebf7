"""Archives of any size: an intake list first, then chunks of some hundred documents that workers claim.

    listing (everything with its hash) → chunks of one agency each, in turn → each a batch of `sohoa digitise`
    → report (what came in, what came out)

Each step is on record, so that the same command goes on after a stop, and several machines share one run.
"""
