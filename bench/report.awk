# report.awk - the table of jobs and the table of ratios, from what run.sh and measure wrote.
#
#   awk -v traces=N -f report.awk inputs.tsv runs.tsv floors.tsv
#
# Times are medians of all rounds; of a group a round's time is that of its fastest run (measure.c).  A ratio is the median
# of the rounds' ratios: the runs of one round are neighbours in time.  Ends with status 1 when a floor is missed.
BEGIN { FS = "\t" }

function median(list, n,    i, j, x) {
    for (i = 2; i <= n; i++) {
        x = list[i]
        for (j = i - 1; j > 0 && list[j] > x; j--)
            list[j + 1] = list[j]
        list[j + 1] = x
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function job_median(table, job,    list, i) {
    for (i = 1; i <= rounds[job]; i++)
        list[i] = table[job, i]
    return median(list, rounds[job])
}

FILENAME == ARGV[1] { spans[$1] = $2; bytes[$1] = $3; order[++njobs] = $1 }

FILENAME == ARGV[2] {
    rounds[$1] = $2
    wall[$1, $2] = $3
    cpu[$1, $2] = $4 + $5
    if ($6 > peak[$1])
        peak[$1] = $6
}

FILENAME == ARGV[3] && !/^#/ && NF == 6 { nfloors++; for (i = 1; i <= 6; i++) floor[nfloors, i] = $i }

function clock(by, job, i) {
    return by == "wall" ? wall[job, i] : cpu[job, i]
}

function job_least(table, job,    least, i) {
    for (i = 1; i <= rounds[job]; i++)
        least = i == 1 || table[job, i] < least ? table[job, i] : least
    return least
}

# How much slower a larger dump is, span for span, than a smaller one: the least quotient of their spans a second, without
# the start of a process.  The sizes are far from each other in time, so the least disturbed run of each counts.
function growth(job,    names, n, i, rate, best, worst, sizes) {
    n = split("small-" job " " job " large-" job, names, " ")
    for (i = 1; i <= n; i++) {
        if (!(names[i] in rounds))
            continue
        rate = spans[names[i]] / (job_least(cpu, names[i]) - job_least(cpu, "start"))
        if (sizes++ && (!worst || rate / best < worst))
            worst = rate / best
        best = best > rate ? best : rate
    }
    return sizes > 1 ? worst : ""
}

function ratio(job, against, by, sense,    list, i, n) {
    if (!(job in rounds))
        return ""
    if (against == "memory")
        return peak[job] * 1024 / (16e6 + 300 * traces)
    if (against == "memory-32MB")
        return peak[job] * 1024 / 32e6
    if (against == "memory-128MB")
        return peak[job] * 1024 / 128e6
    if (against == "growth")
        return growth(job)
    if (!(against in rounds))
        return ""
    n = rounds[job] < rounds[against] ? rounds[job] : rounds[against]
    for (i = 1; i <= n; i++)
        list[i] = sense == "at least" ? clock(by, against, i) / clock(by, job, i) : clock(by, job, i) / clock(by, against, i)
    return median(list, n)
}

function jobs_table(    i, job, w) {
    printf "\n%-27s %9s %9s %9s %9s %9s\n", "job", "wall s", "cpu s", "Mspans/s", "GB/s", "peak MB"
    for (i = 1; i <= njobs; i++) {
        job = order[i]
        if (!(job in rounds))
            continue
        w = job_median(wall, job)
        printf "%-27s %9.3f %9.3f %9.3f %9.3f %9.1f\n", job, w, job_median(cpu, job), spans[job] / w / 1e6, bytes[job] / w / 1e9,
            peak[job] * 1024 / 1e6
    }
}

function floors_table(    i, r, least, good, verdict) {
    printf "\n%-22s %-26s %-4s %7s  %-14s %6s\n", "ratio of job", "against", "by", "ratio", "floor", "reach"
    for (i = 1; i <= nfloors; i++) {
        least = floor[i, 4] == "at least"
        r = ratio(floor[i, 1], floor[i, 2], floor[i, 3], floor[i, 4])
        if (r == "") {
            printf "%-22s %-26s %-4s %7s  not measured\n", floor[i, 1], floor[i, 2], floor[i, 3], "-"
            continue
        }
        good = least ? r >= floor[i, 5] : r <= floor[i, 5]
        verdict = !good ? "MISSED" : (least ? r >= floor[i, 6] : r <= floor[i, 6]) ? "reached" : ""
        missed += !good
        printf "%-22s %-26s %-4s %7.2f  %-8s %5s %6s  %s\n", floor[i, 1], floor[i, 2], floor[i, 3], r, floor[i, 4], floor[i, 5],
            floor[i, 6], verdict
    }
}

# Two threads cannot be faster than two processes side by side.
function ceiling(job,    list, i) {
    if (!(job in rounds) || !(job "-twice" in rounds))
        return
    for (i = 1; i <= rounds[job]; i++)
        list[i] = 2 * wall[job, i] / wall[job "-twice", i]
    printf "two processes side by side do %.2f times the work of one on %s: the most that two threads could\n", median(list, rounds[job]), job
}

END {
    jobs_table()
    floors_table()
    print ""
    ceiling("json")
    ceiling("otlp")
    if (missed)
        printf "\nbench: %d of %d floors missed\n", missed, nfloors
    exit missed > 0
}
