"""The shapes in which documents come out of Elasticsearch again, put around the documents of bulk.ndjson as text: hits as
elasticdump prints them, and the answer of _search."""
import json, os

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "bulk.ndjson")) as f:
    lines = f.read().splitlines()
hits = []
for number, (action, document) in enumerate(zip(lines[::2], lines[1::2])):
    where = json.loads(action)["index"]
    head = json.dumps({"_index": where["_index"], "_id": where.get("_id", f"id{number}"), "_score": 1}, separators=(",", ":"))
    hits.append(head[:-1] + ',"_source":' + document + "}")
with open(os.path.join(HERE, "elasticdump.ndjson"), "w") as f:
    f.write("\n".join(hits) + "\n")
with open(os.path.join(HERE, "search.json"), "w") as f:
    f.write('{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":%d,'
            '"relation":"eq"},"max_score":1,"hits":[%s]}}\n' % (len(hits), ",".join(hits)))
