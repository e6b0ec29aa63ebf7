"""Sohoa's HTTP interface for Python: typed, and nothing but the standard library.

```
sohoa = Client("https://sohoa.example.gov.vn", "sohoa_…")
for hit in sohoa.search(q="giấy phép xây dựng").data["hits"]:
    print(hit["title"], hit["href"])
```
"""

from sohoa_client.connection import Answer, ClientError, File, NotModified, Problem, Unreachable
from sohoa_client.notices import verified
from sohoa_client.operations import Client

__all__ = ["Answer", "Client", "ClientError", "File", "NotModified", "Problem", "Unreachable", "verified"]
