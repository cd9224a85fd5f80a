"""Dumps on many machines, asked with Spark: Spark hands out files, shuffles spans by trace id and merges; every answer is a
command's.

    from tracekit_spark import ask
    print(ask(sc, glob("/dumps/*.pb.zst"), "--stats"))
    print(ask(sc, glob("/dumps/*.pb.zst"), "--top=service", report=["--order", "p95"], parts=64))
    print(ask(sc, glob("/dumps/*.pb.zst"), ["--query={ status = error } | rate() by (name)", "--step=1m"], parts=64))
    print(ask(sc, glob("/dumps/*.pb.zst"), ["tracesample", "-c", "/etc/collector.yaml"], parts=64))
    print(ask(sc, glob("/dumps/*.pb.zst"), "tracecost", report=["--rate", "1000"]))

Each task runs the commands on its own machine, which must be on the PATH there, as the files must be under their names.
What travels between machines are states (--partial), and where an answer needs whole traces, spans as OTLP
protobuf, compressed.  The answer is, byte for byte, that of one run over all files: tests/interop/spark.t.
"""

import os
import subprocess
import tempfile

WHOLE = ("--top", "--query", "tracesample", "tracediff")  # answers that need all spans of a trace in one part
KNOWN = ("--stats", "tracecost") + WHOLE
JUDGES = ("-c", "--config", "--baseline")  # with these tracecost needs them, too


class Failed(Exception):
    """A command ended with a status that is no answer; says which, and what it wrote to standard error."""


def run(arguments, given=None):
    """Runs a command on one thread, as Spark has a task for each core; returns its standard output.

    arguments begin with an option of tracecat, or with the name of another command.
    """
    if arguments[0].startswith("-"):
        arguments = ["tracecat", *arguments]
    done = subprocess.run([arguments[0], "-@", "1", *arguments[1:]], input=given, capture_output=True)
    if done.returncode not in (0, 1):  # 1: nothing was found
        said = done.stderr.decode(errors="replace").strip()
        raise Failed("%s: status %d: %s" % (" ".join(arguments), done.returncode, said))
    return done.stdout


def route(path, parts):
    """The spans of a file, divided by trace id: pairs of the number of a part and its spans as OTLP protobuf."""
    with tempfile.TemporaryDirectory() as folder:
        run(["--route=%d" % parts, "-o", os.path.join(folder, "%d.pb.zst"), path])
        for part in range(1, parts + 1):
            with open(os.path.join(folder, "%d.pb.zst" % part), "rb") as f:
                yield part, f.read()


def merge(answer, states, options):
    """What the command says of states with --merge."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for state in states:
            names.append(os.path.join(folder, str(len(names))))
            with open(names[-1], "wb") as f:
                f.write(state)
        return run([*answer, "--merge", *options, *names])


def ask(sc, paths, answer, select=(), report=(), parts=None, fan_in=32):
    """The bytes of the report of --stats, --top, --top=WHAT, --query=METRICS, tracesample, tracediff or tracecost
    over all files.

    sc: the SparkContext.  answer: that option, or a list of it and what goes with it, as --step, or "tracesample",
    "tracediff" or "tracecost" and its options.  select: options that
    select spans (--since, --until, --trace), report: those of the report (-t json, --order, --limit).  parts: of the
    shuffle, for answers that need whole traces; as many as sc.defaultParallelism unless it is given.  fan_in: states that
    one task merges.  Failed: a command failed; so does a file that cannot be read whole, and one part that is read twice.
    """
    paths, select = list(paths), list(select)
    answer = [answer] if isinstance(answer, str) else list(answer)
    kind = answer[0].split("=")[0]
    if kind not in KNOWN:
        raise ValueError("%s has no state: one of %s" % (answer[0], ", ".join(KNOWN)))
    if not paths:
        raise ValueError("no files")
    judges = any(option.split("=")[0] in JUDGES or option.startswith("-c") for option in answer[1:])
    whole = kind in WHOLE or (kind == "tracecost" and judges)
    partial = [*answer, "--partial", *select]
    files = sc.parallelize(paths, len(paths))
    if whole:
        parts = parts or sc.defaultParallelism
        shuffled = files.flatMap(lambda path: route(path, parts)).groupByKey(parts)
        states = shuffled.map(lambda part: run([*partial, "-"], b"".join(part[1])))
    else:
        states = files.map(lambda path: run([*partial, path]))
    while states.getNumPartitions() > fan_in:
        states = states.coalesce((states.getNumPartitions() + fan_in - 1) // fan_in).mapPartitions(
            lambda some: [merge(answer, some, ["--partial"])]
        )
    return merge(answer, states.collect(), list(report))
