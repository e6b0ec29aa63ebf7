"""The clerk's screen: server-rendered pages on the installation behind the door.

One package for each group of pages, with `routes.py`, `words.py`, `templates/` and `static/`; `web.site` lists them.
"""
