SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/v1/openapi.json",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: true,
  syntaxHighlight: { theme: "idea" },
  tryItOutEnabled: true,
  validatorUrl: null,
});
