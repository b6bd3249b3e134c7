"""How fast something goes on that nobody waits for, so that those who wait for something else do not notice it."""

AIM_SECONDS = 0.25
"""How long what is done at once should take: nobody waits for longer who says what is held."""
MOST_SECONDS = 10.0
"""It never rests for longer."""
LEAST, FIRST, MOST = 100, 100, 400
"""How many things are done at once: with fewer, most of the time would go to what each time costs beside."""
GROWTH = 2


class Pace:
    """Says how many things are done at once, by how long the ones before took, and for how long to rest after them."""

    def __init__(self, least_rest: float) -> None:
        """It rests for as long as it was busy, and for `least_rest` seconds at least; with 0 it never does."""
        self._least_rest = least_rest
        self.size = FIRST

    def rest(self, count: int, seconds: float) -> float:
        """How many seconds to rest after so many things took so many seconds."""
        if count:
            fitting = int(count * AIM_SECONDS / max(seconds, AIM_SECONDS / MOST))
            self.size = max(LEAST, min(fitting, self.size * GROWTH, MOST))
        return max(self._least_rest, min(seconds, MOST_SECONDS)) if self._least_rest else 0.0
