// The API's page: Swagger UI shows the description. Without the CDN the page's own words stay.
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#calls",
    deepLinking: true, // a link to a call opens it
    supportedSubmitMethods: ["get"], // nobody deletes their history by trying what a call does
    validatorUrl: null,
  });
}
