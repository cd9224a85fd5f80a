"""Prints what contrib/spark says of files: check_spark.py ANSWER PARTS FAN_IN FILE..."""

import sys

sys.path.insert(0, "contrib/spark")
from pyspark import SparkContext  # noqa: E402
from tracekit_spark import ask  # noqa: E402

sc = SparkContext("local[2]", "tracekit")
sc.setLogLevel("OFF")
sc.addPyFile("contrib/spark/tracekit_spark.py")
try:
    answer = sys.argv[1].split() if sys.argv[1].startswith("trace") else sys.argv[1]
    report = ["--rate", "1000"] if answer[0] == "tracecost" else []
    told = ask(sc, sys.argv[4:], answer, report=report, parts=int(sys.argv[2]), fan_in=int(sys.argv[3]))
except Exception as e:  # what a task raised comes as text of Java's
    sys.exit("\n".join(line for line in str(e).splitlines() if "Failed" in line) or str(e)[:2000])
sys.stdout.buffer.write(told)
