// The examples: a title, criteria, a schema, data, and the parameters of a search.

const lines = (...records) => records.map((record) => JSON.stringify(record)).join("\n");

const FILM = `{
  "name": "film",
  "systemProperties": false,
  "fields": [
    {"name": "id", "fieldType": "integer", "isUnique": true, "nullable": false},
    {"name": "title", "fieldType": "string"},
    {"name": "year", "fieldType": "integer"},
    {"name": "rated", "fieldType": "string", "values": ["G", "PG", "PG-13", "R"]},
    {"name": "genres", "fieldType": "string", "isList": true},
    {"name": "boxOffice", "fieldType": "decimal", "precision": 14, "scale": 2},
    {"name": "released", "fieldType": "date"}
  ]
}`;

const FILMS = lines(
  { id: 1, title: "Metropolis", year: 1927, rated: null, genres: ["Drama", "Science fiction"], boxOffice: null, released: "1927-01-10" },
  { id: 2, title: "Rear Window", year: 1954, rated: "PG", genres: ["Thriller", "Mystery"], boxOffice: "36764313.00", released: "1954-09-01" },
  { id: 3, title: "Alien", year: 1979, rated: "R", genres: ["Horror", "Science fiction"], boxOffice: "106285522.00", released: "1979-05-25" },
  { id: 4, title: "100% Wolf", year: 2020, rated: "PG", genres: ["Animation"], boxOffice: "11004203.00", released: null },
  { id: 5, title: "the_untitled", year: null, genres: [] },
);

const ORDER = `{
  "name": "order",
  "systemProperties": false,
  "fields": [
    {"name": "id", "fieldType": "integer", "isUnique": true, "nullable": false},
    {"name": "paidAt", "fieldType": "dateTime", "column": "paid_at"},
    {"name": "total", "fieldType": "decimal", "precision": 12, "scale": 2},
    {"name": "token", "fieldType": "guid"},
    {"name": "customer", "fieldType": "objectRef", "objectEntityType": "customer"},
    {"name": "address.city", "fieldType": "string"},
    {"name": "isGift", "fieldType": "boolean"}
  ]
}`;

const ORDERS = lines(
  { id: 1, paidAt: "2026-06-01T00:30:00Z", total: "19.99", token: "6f2a0d3e-5b7c-4c1d-9e8f-0a1b2c3d4e5f", customer: { objectId: 7 }, address: { city: "Lund" }, isGift: false },
  { id: 2, paidAt: "2026-05-31T23:59:59.999Z", total: "250.00", token: null, customer: { objectId: 9 }, address: { city: "Oslo" }, isGift: true },
  { id: 3, paidAt: null, total: "0.10", customer: null, address: {} },
);

export const EXAMPLES = [
  { title: "NOT and null", criteria: '{\n  "NOT": {"rated": {"$in": ["PG-13", "R"]}}\n}', schema: FILM, data: FILMS, orderBy: "year desc" },
  { title: "Text without wildcards", criteria: '{\n  "OR": [\n    {"title": {"$contains": "%"}},\n    {"title": {"$contains": "_"}},\n    {"title": {"$istartsWith": "METRO"}}\n  ]\n}', schema: FILM, data: FILMS },
  { title: "Lists", criteria: '{\n  "genres": {"$nin": ["Drama", "Horror"]}\n}', schema: FILM, data: FILMS },
  { title: "Exact decimals", criteria: '{\n  "boxOffice": {"$gt": "36764312.99"}\n}', schema: FILM, data: FILMS, orderBy: "boxOffice" },
  { title: "Instants and time zones", criteria: '{\n  "paidAt": {"$gte": "2026-06-01T00:00:00+02:00", "$lt": "2026-07-01T00:00:00+02:00"}\n}', schema: ORDER, data: ORDERS, orderBy: "paidAt" },
  { title: "Paths and references", criteria: '{\n  "address.city": {"$in": ["Lund", "Oslo"]},\n  "customer": 7\n}', schema: ORDER, data: ORDERS },
  { title: "A query that is never true", criteria: '{\n  "year": {"$gt": 1999, "$lt": 2000}\n}', schema: FILM, data: FILMS },
  { title: "Mistakes", criteria: '{\n  "yaer": 1999,\n  "title": {"$like": "The%"},\n  "rated": {"$in": ["PG", null]}\n}', schema: FILM, data: FILMS },
];
