"""Any process of the desk, PostgreSQL included, is killed at any moment, again and again, while people write and work.

`make crashes` does it 200 times (CRASHES=n for another number); here it happens once to each.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.crash.desk import VICTIMS, MailServer, MortalDesk
from tests.crash.load import Load
from tests.crash.verdict import nothing_is_lost, settle

ROUNDS = int(os.environ.get("CRASHES", len(VICTIMS)))
SEED = int(os.environ.get("CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@pytest.mark.timeout(1500 + 60 * ROUNDS)
def test_nothing_accepted_is_lost_or_doubled(data_dir: Path, server: MailServer) -> None:
    chance = random.Random(SEED)
    began = time.monotonic()
    desk = MortalDesk(data_dir, server.port)
    try:
        load = Load(web_port=desk.web_port, smtp_port=desk.smtp_port, token=desk.people_and_token(), seed=SEED)
        load.start()
        for turn in range(ROUNDS):
            time.sleep(chance.uniform(0.2, 3.0))
            # Each in its turn first, then whomever it hits; sometimes while the desk is still coming back.
            desk.kill(VICTIMS[turn] if turn < len(VICTIMS) else chance.choice(VICTIMS), chance)
            if chance.random() < 0.8:
                desk.wait_until_ready()
            if not (turn + 1) % 20:
                print(f"{turn + 1} deaths, {len(load.mails)} mails, {time.monotonic() - began:.0f} s", flush=True)
        desk.wait_until_ready()
        time.sleep(2)
        load.stop()
        settled = settle(desk)
        figures = nothing_is_lost(desk, load, server)
    except BaseException:
        print(f"CRASH_SEED={SEED}", *desk.said[-60:], sep="\n")
        raise
    finally:
        desk.stop()
    print(f"seed {SEED}: {sum(desk.deaths.values())} deaths {dict(desk.deaths)}, {load.interruptions} attempts cut off, "
          f"{figures}, settled in {settled:.0f} s, all in {time.monotonic() - began:.0f} s")  # fmt: skip
    assert figures["mails"] >= ROUNDS and figures["replies"] > 0
