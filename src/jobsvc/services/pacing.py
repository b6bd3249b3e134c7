"""How fast something goes on that nobody waits for, so that those who wait for something else do not notice it."""

AIM_SECONDS = 0.25
"""How long what is done at once should take: nobody waits for longer who says what is held."""
SHARE = 3
"""For how many times as long as that took it rests: a busy machine makes it slower, as it makes everything else."""
MOST_SECONDS = 10.0
"""It never rests for longer."""
FIRST, MOST = 50, 200
"""How many things are done at once: at first, and at most."""
GROWTH = 2


class Pace:
    """Says how many things are done at once, by how long the ones before took, and for how long to rest after them."""

    def __init__(self, least_rest: float) -> None:
        """It rests for `least_rest` seconds at least; with 0 it never does."""
        self._least_rest = least_rest
        self.size = FIRST

    def rest(self, count: int, seconds: float) -> float:
        """How many seconds to rest after so many things took so many seconds."""
        if count:
            fitting = int(count * AIM_SECONDS / max(seconds, AIM_SECONDS / MOST))
            self.size = max(1, min(fitting, self.size * GROWTH, MOST))
        return min(max(self._least_rest, SHARE * seconds), max(self._least_rest, MOST_SECONDS)) if self._least_rest else 0.0
