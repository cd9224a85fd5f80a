"""The blocks of Python in a README, each run as a program of its own in a folder; fails with the first that fails.

    check_python.py README FOLDER
"""

import re
import subprocess
import sys

readme, folder = sys.argv[1:]
blocks = re.findall(r"^```python\n(.*?)^```", open(readme).read(), re.S | re.M)
for block in blocks:
    done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True)
    print(block + "# " + (done.stdout + done.stderr).replace("\n", "\n# "))
    if done.returncode != 0 or not done.stdout:
        sys.exit(1)
sys.exit(0 if len(blocks) > 5 else "only %d blocks" % len(blocks))
