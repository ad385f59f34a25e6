"""Names in each archive, or null where it is not a whole one. usage: read-archives.py FOLDER < JSON list of paths"""
import json, os, sys, zipfile

def names(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist() if archive.testzip() is None else None
    except (zipfile.BadZipFile, EOFError):
        return None

print(json.dumps([names(os.path.join(sys.argv[1], path)) for path in json.load(sys.stdin)]))
