"""Answers questions line by line: {"do": name, ...} comes in, {"done": value} or {"failed": text} goes out."""
import json
import sys
import traceback


def serve(**deeds):
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"done": deeds[asked.pop("do")](**asked)}
        except Exception as error:  # whatever it is, the test wants to know
            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
