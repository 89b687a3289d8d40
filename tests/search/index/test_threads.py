"""numpy on one thread: inside, or from then on, whichever thread comes first."""

import subprocess
import sys

from tests.conftest import ROOT

# One thread limits first and lives on, as those of a page do; others come after it, one inside while another leaves.
CODE = """
import threading
import numpy
from search.index import threads

def count():
    return [one.num_threads for one in threads._find_blas().lib_controllers]

def set_all(number):
    for one in threads._find_blas().lib_controllers:
        one.set_num_threads(number)

def score(entered, leave):
    with threads.one_thread():
        entered.set()
        leave.wait()
        inside.append(count())

set_all(2)
before, inside = count(), []
with threads.one_thread():
    inside.append(count())
after = count()
threads.stay_on_one_thread()
events = [(threading.Event(), threading.Event()) for _ in range(2)]
workers = [threading.Thread(target=score, args=each) for each in events]
for worker, (entered, leave) in zip(workers, events):
    worker.start()
    entered.wait()
for worker, (entered, leave) in zip(workers, events):
    leave.set()
    worker.join()
one = [1] * len(before)
print(inside == [one, one, one], after == before, count() == one)
"""


def test_numpy_stays_on_one_thread_whichever_scores_first():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True True True", "")
