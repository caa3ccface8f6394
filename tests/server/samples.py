"""The requests that the two documents show, as they stand there; mail addresses are invented."""

from __future__ import annotations

ABOUT = """
curl https://api.instabot.io/v1 \\
-X GET \\
-H "X-Instabot-Api-Key: {API_KEY}"
-H "Authorization: X-Instabot-Master-Api-Key {API_MASTER_KEY}
"""

SESSION = """
curl https://api.instabot.io/v1/usersession \\
-X GET
"""

CREATE = """
curl -X POST \\
        "https://api.instabot.io/v1/users" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{"username":"newuser", "userpassword":"123", "email":"newuser@example.com"}'
"""

UPDATE = """
curl "-X PUT" \\
        "https://api.instabot.io/v1/users/400" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{"username":"newuser", "email":"another@example.com"}'
"""

READ = """
curl -X GET \\
        "https://api.instabot.io/v1/users/400" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

DELETE = """
curl -X DELETE \\
        "https://api.instabot.io/v1/users/400" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

RESTORE = """
curl -X POST \\
        "https://api.instabot.io/v1/users/400" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

SEARCH_BY_GET = """
curl -X GET \\
        "https://api.instabot.io/v1/users?type=all" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
    -G \\
    --data-urlencode 'query={"email":"known@example.com"}'
"""

SEARCH_BY_POST = """
curl -X POST \\
        "https://api.instabot.io/v1/users/query?type=all" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{"name":"John"}'
"""

TOTAL_COUNT = """
curl https://api.instabot.io/v1/users/query?getTotalCount=true \\
    -X POST \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}" \\
    -H "Content-Type: application/json" \\
    -d '{"name":"John"}'
"""

FIRST_PAGE = """
curl https://api.instabot.io/v1/users?limit=20&skip=0 \\
    -X GET \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

SECOND_PAGE = """
curl https://api.instabot.io/v1/users?limit=20&skip=20 \\
    -X GET \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

RESOLVE_DISCOUNT = """
curl -X GET \\
        "https://api.instabot.io/v1/promo/referrals/discounts/100?resolve=ambassadorUser,referralUser" \\
    -H "X-Instabot-Api-Key: {API_KEY}"
"""

RESOLVE_ORGANIZATIONS = """
curl -X GET \\
        "https://api.instabot.io/v1/users/100?resolve=organizations" \\
    -H "X-Instabot-Api-Key: {API_KEY}" \\
    -H "Authorization:X-Instabot-Master-Api-Key {API_MASTER_KEY}"
"""

ORDERS = (
    "/v1/users?orderBy=name",
    "/v1/users?orderBy=name desc",
    "/v1/users?orderBy=name desc,email asc",
    "/v1/users?orderBy=name,email",
    "/v1/users?orderBy=name,email desc",
)

CRITERIA = (
    '{"firstName":"John"}',
    '{"firstName":{"$ne":"John"}}',
    '{"firstName":{"$gt":"John"}}',
    '{"firstName":{"$gte":"John"}}',
    '{"firstName":{"$lt":"John"}}',
    '{"firstName":{"$lte":"John"}}',
    '{"firstName":null}',
    '{"firstName":{"$ne":null}}',
    '{"firstName":{"$in":["John",”Adam”]}}',
    '{"firstName":{"$nin":["John",”Adam”]}}',
    '{"Name":{"$startsWith":"John"}}',
    '{"Name":{"$endsWith":"Smith"}}',
    '{"Name":{"$contains":"Smith"}}',
)
