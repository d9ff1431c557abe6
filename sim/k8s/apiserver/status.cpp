#include "sim/k8s/apiserver/status.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using json::Value;

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

Value details_of(ResourceName resource, std::string_view name) {
  return Object()
      .set_nonzero("name", name)
      .set_nonzero("group", resource.group)
      .set_nonzero("kind", resource.resource)
      .build();
}

}  // namespace

std::string ResourceName::text() const {
  std::string out(resource);
  if (group.empty()) return out;
  out += '.';
  out += group;
  return out;
}

Answer failure(int code, std::string_view reason, std::string message, Value details) {
  return {code, Object()
                    .set("kind", "Status")
                    .set("apiVersion", "v1")
                    .set("metadata", Value::empty_object())
                    .set("status", "Failure")
                    .set("message", message)
                    .set_nonzero("reason", reason)
                    .set("details", std::move(details))
                    .set("code", code)
                    .build()};
}

Answer not_found(ResourceName resource, std::string_view name) {
  return failure(404, "NotFound", resource.text() + " " + quoted(name) + " not found",
                 details_of(resource, name));
}

Answer already_exists(ResourceName resource, std::string_view name) {
  return failure(409, "AlreadyExists", resource.text() + " " + quoted(name) + " already exists",
                 details_of(resource, name));
}

Answer conflict(ResourceName resource, std::string_view name, std::string_view why) {
  constexpr std::string_view kModified =
      "the object has been modified; please apply your changes to the latest version and try "
      "again";
  std::string message = "Operation cannot be fulfilled on " + resource.text() + " " + quoted(name);
  message += ": ";
  message += why.empty() ? kModified : why;
  return failure(409, "Conflict", std::move(message), details_of(resource, name));
}

Answer invalid(ResourceName kind, std::string_view name, const FieldErrors& errors) {
  Array causes;
  for (const FieldError& error : errors.all()) {
    causes.add(Object()
                   .set("reason", error.reason)
                   .set("message", error.message)
                   .set("field", error.field)
                   .build());
  }
  return failure(422, "Invalid", kind.text() + " " + quoted(name) + " is invalid: " + errors.text(),
                 details_of(kind, name).with("causes", causes.build()));
}

Answer forbidden(ResourceName resource, std::string_view name, std::string_view why) {
  std::string message = resource.text();
  if (!name.empty()) message += " " + quoted(name);
  message += " is forbidden: ";
  message += why;
  return failure(403, "Forbidden", std::move(message), details_of(resource, name));
}

Answer bad_request(std::string message) {
  return failure(400, "BadRequest", std::move(message));
}

Answer expired(std::string message) {
  return failure(410, "Expired", std::move(message));
}

Answer method_not_allowed() {
  return failure(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource",
                 Value::empty_object());
}

Answer no_such_resource() {
  return failure(404, "NotFound", "the server could not find the requested resource",
                 Value::empty_object());
}

Answer unsupported_media_type(std::string_view accepted) {
  return failure(415, "UnsupportedMediaType",
                 "the body of the request was in an unknown format - accepted media types "
                 "include: " +
                     std::string(accepted));
}

Answer not_acceptable() {
  return failure(406, "NotAcceptable",
                 "only the following media types are accepted: application/json, "
                 "application/yaml");
}

Answer internal_error(std::string_view what) {
  const Value cause = Object().set("message", what).build();
  const Value details = Object().set("causes", Array().add(cause).build()).build();
  return failure(500, "InternalError", "Internal error occurred: " + std::string(what), details);
}

Answer too_many_requests(std::string message, int retry_after) {
  Value details = Object().set_nonzero("retryAfterSeconds", retry_after).build();
  Answer answer = failure(429, "TooManyRequests", std::move(message), std::move(details));
  answer.retry_after = retry_after;
  return answer;
}

Answer unauthorized() {
  return failure(401, "Unauthorized", "Unauthorized");
}

Answer success(int code) {
  return {code, Object()
                    .set("kind", "Status")
                    .set("apiVersion", "v1")
                    .set("metadata", Value::empty_object())
                    .set("status", "Success")
                    .set("code", code)
                    .build()};
}

Answer deleted(ResourceName resource, std::string_view name, std::string_view uid) {
  return {200, Object()
                   .set("kind", "Status")
                   .set("apiVersion", "v1")
                   .set("metadata", Value::empty_object())
                   .set("status", "Success")
                   .set("details", details_of(resource, name).with("uid", uid))
                   .build()};
}

}  // namespace sim::k8s
