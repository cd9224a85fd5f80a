printf '%s' '{"TraceSegmentDocuments":["{\"id\":\"1\",\"name\":\"a\",\"start_time\":1}","{\"id\":\"1\" \"name\"}","{\"id\":\"2\",\"name\":\"a\",\"start_time\":1}"]}'
