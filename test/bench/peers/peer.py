"""Runs the calls of a peer: one JSON request a line on stdin, one JSON answer a line on stdout.

`{"call": name, "args": {...}}` is answered by `{"cpuMs", "wallMs", "result"}` or `{"error"}`. A call is a function that
prepares (loads arrays, opens files) and returns the function to be timed; what that returns goes to `check` if the request
has a `save` path, so that the caller can compare results.
"""
import json
import sys
import time
import traceback


def serve(calls, save):
    for line in sys.stdin:
        request = json.loads(line)
        try:
            work = calls[request['call']](**request.get('args', {}))
            cpu, wall = time.process_time(), time.perf_counter()
            result = work()
            answer = {'cpuMs': (time.process_time() - cpu) * 1000, 'wallMs': (time.perf_counter() - wall) * 1000}
            if request.get('save'):
                save(request['save'], result)
        except Exception:
            answer = {'error': traceback.format_exc()}
        print(json.dumps(answer), flush=True)
