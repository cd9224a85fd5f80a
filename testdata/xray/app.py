"""Segments of every kind that aws-xray-sdk for Python makes; the daemon's address comes from AWS_XRAY_DAEMON_ADDRESS."""
import time

from aws_xray_sdk.core import patch, xray_recorder  # noqa: F401
from aws_xray_sdk.core.models import http
from aws_xray_sdk.core.streaming.default_streaming import DefaultStreaming

xray_recorder.configure(service="orders", sampling=False, plugins=(), context_missing="LOG_ERROR")


def order(fail):
    segment = xray_recorder.begin_segment("orders")
    segment.put_http_meta(http.METHOD, "POST")
    segment.put_http_meta(http.URL, "https://shop.example.com/orders?lang=de")
    segment.put_http_meta(http.USER_AGENT, "curl/8.5.0")
    segment.put_http_meta(http.CLIENT_IP, "198.51.100.7")
    segment.put_http_meta(http.X_FORWARDED_FOR, True)
    segment.set_user("user-17")
    segment.put_annotation("tier", "gold")
    segment.put_annotation("items", 3)
    segment.put_annotation("weight", 1.25)
    segment.put_annotation("express", False)
    segment.put_metadata("cart", {"lines": [{"sku": "a-1", "n": 2}], "total": 19.5}, "shop")
    segment.put_metadata("note", "ünï \"quoted\" <b>")
    with xray_recorder.in_subsegment("orders.db", namespace="remote") as sub:
        sub.set_sql(
            {
                "url": "postgresql://orders@db.example.com:5432/orders",
                "database_type": "PostgreSQL",
                "user": "orders",
                "driver_version": "psycopg 3",
                "sanitized_query": "INSERT INTO orders VALUES (?, ?)",
            }
        )
        time.sleep(0.002)
    with xray_recorder.in_subsegment("DynamoDB", namespace="aws") as sub:
        sub.set_aws({"operation": "PutItem", "region": "eu-central-1", "table_name": "stock", "request_id": "R1", "retries": 1})
        sub.put_http_meta(http.STATUS, 400 if fail else 200)
        sub.put_http_meta(http.CONTENT_LENGTH, 61)
        with xray_recorder.in_subsegment("## marshal"):
            time.sleep(0.001)
    try:
        with xray_recorder.in_subsegment("payments.example.com", namespace="remote") as sub:
            sub.put_http_meta(http.METHOD, "GET")
            sub.put_http_meta(http.URL, "https://payments.example.com/charge")
            sub.put_http_meta(http.STATUS, 429 if fail else 200)
            if fail:
                try:
                    {}["card"]
                except KeyError as e:
                    raise RuntimeError("charge refused") from e
    except RuntimeError:
        pass
    segment.put_http_meta(http.STATUS, 500 if fail else 201)
    xray_recorder.end_segment()


order(False)
order(True)
# From one finished subsegment on, the SDK sends them alone, and the segment later without them.
xray_recorder.configure(streaming=DefaultStreaming(streaming_threshold=1))
segment = xray_recorder.begin_segment("batch")
for i in range(4):
    with xray_recorder.in_subsegment("## step %d" % i):
        time.sleep(0.001)
xray_recorder.end_segment()
