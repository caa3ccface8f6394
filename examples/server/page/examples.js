// Searches to begin with: an entity, a title, criteria, and an order.

export const EXAMPLES = [
  {
    entity: "user",
    title: "Users at example.com, 30 or older or of unknown age",
    criteria: '{\n  "email": {"$endsWith": "@example.com"},\n  "NOT": {"customProperties.age": {"$lt": 30}}\n}',
  },
  { entity: "user", title: "Without an age", criteria: '{"customProperties.age": null}', orderBy: "email" },
  { entity: "user", title: "In any letter case", criteria: '{"email": {"$istartsWith": "GRETA"}}' },
  { entity: "user", title: "An apostrophe or one of two first names", criteria: '{"OR": [{"lastName": {"$contains": "\'"}}, {"firstName": {"$in": ["In\u00eas", "S\u00f8ren"]}}]}' },
  { entity: "user", title: "Newest first", criteria: "{}", orderBy: "createDate desc" },
  { entity: "organization", title: "Organizations that end with Press", criteria: '{"name": {"$endsWith": " Press"}}', orderBy: "name" },
];
