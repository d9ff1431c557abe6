#include "sim/k8s/kubectl/call.h"

#include "sim/http/url.h"
#include "sim/json/parse.h"
#include "sim/json/print.h"
#include "sim/k8s/client/resource.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::Task;

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text, false);
  return out;
}

// Source: metav1.Status; cmdutil.statusCausesToAggrError.
std::string invalid_text(const StatusError& error) {
  const Value& details = error.status["details"];
  const std::string_view kind = details["kind"].text();
  const std::string_view name = details["name"].text();
  if (!details) return "The request is invalid: " + error.text + "\n";
  std::string out = "The request is invalid";
  if (!kind.empty() || !name.empty()) {
    out = "The " + std::string(kind) + " " + quoted(name) + " is invalid";
  } else if (!error.text.empty() && details["causes"].size() == 0) {
    out += ": " + error.text;
  }
  std::vector<std::string> causes;
  for (const Value& cause : details["causes"].items()) {
    std::string text = std::string(cause["field"].text()) + ": ";
    text += cause["message"].text();
    bool is_new = true;
    for (const std::string& before : causes) is_new = is_new && before != text;
    if (is_new) causes.push_back(std::move(text));
  }
  if (causes.empty()) return out + "\n";
  if (causes.size() == 1) return out + ": " + causes[0] + "\n";
  out += ": \n";
  for (const std::string& cause : causes) out += "* " + cause + "\n";
  return out;
}

// `is_one`: the text says that it is an error. Of several, those of servers alone do.
std::string line_of(const Error& error, bool is_one) {
  if (const auto* const failure = engine::errors_as<Failure>(error); failure != nullptr) {
    return failure->text;
  }
  if (const auto* const status = engine::errors_as<StatusError>(error); status != nullptr) {
    if (status->reason == "Unauthorized") {
      return "error: You must be logged in to the server (" + status->text + ")";
    }
    if (status->reason.empty()) return "Error from server: " + status->text;
    return "Error from server (" + status->reason + "): " + status->text;
  }
  std::string text = error.message();
  if (is_one && !text.starts_with("error: ")) text = "error: " + text;
  return text;
}

void warn_of(const Call& call, const http::Header& header) {
  for (const std::string_view value : header.values("Warning")) {
    const size_t begin = value.find('"');
    const size_t end = value.rfind('"');
    if (begin == std::string::npos || end <= begin) continue;
    call->warn("Warning: ", value.substr(begin + 1, end - begin - 1), "\n");
  }
}

}  // namespace

std::string Query::target() const {
  std::string out = path;
  char separator = '?';
  for (const auto& [key, value] : parameters) {
    out += separator;
    out += http::query_escape(key) + "=" + http::query_escape(value);
    separator = '&';
  }
  return out;
}

Task<RestClient::Raw> ask_raw(Call call, Query query) {
  RestClient::RawRequest request(query.method, query.target());
  request.content_type = query.content_type;
  request.accept = query.accept.empty() ? "application/json" : query.accept;
  request.body = query.body;
  RestClient::Raw raw = co_await call->client.raw(call->context, std::move(request));
  warn_of(call, raw.header);
  if (raw.code == 0 && raw.error) raw.error = connection_error(call->client, raw.error);
  co_return raw;
}

Task<ObjectResult> ask(Call call, Query query) {
  ObjectResult out;
  const RestClient::Raw raw = co_await ask_raw(call, std::move(query));
  out.error = raw.error;
  if (out.error) co_return out;
  json::Parsed parsed = json::parse(raw.text);
  out.object = std::move(parsed.value);
  if (!parsed.error.empty()) out.error = engine::errorf(parsed.error);
  co_return out;
}

std::string path_of(const KindInfo& kind, std::string_view space, std::string_view name,
                    std::string_view subresource) {
  const std::string version = kind.api_version();
  const Resource resource{version, kind.plural, kind.kind, kind.namespaced};
  return RestClient::path_of(resource, space, name, subresource);
}

std::string resource_text(const KindInfo& kind) {
  std::string out(kind.plural);
  if (!kind.group.empty()) {
    out += '.';
    out += kind.group;
  }
  return out;
}

std::string Failures::message() const {
  // Source: apimachinery's Aggregate.
  if (errors.size() == 1) return errors[0].message();
  std::string out = "[";
  for (const Error& error : errors) {
    if (out.size() > 1) out += ", ";
    out += error.message();
  }
  return out + "]";
}

Error failures(std::vector<Error> errors) {
  if (errors.empty()) return nullptr;
  if (errors.size() == 1) return errors[0];
  return engine::make_error(Failures{std::move(errors)});
}

Error usage_error(const Call& call, std::string_view text) {
  std::string out = "error: ";
  out += text;
  out += "\nSee 'kubectl ";
  out += call->command->path;
  out += " -h' for help and examples";
  return engine::make_error(Failure{std::move(out)});
}

Error with_prefix(std::string_view prefix, const Error& error) {
  if (!error) return error;
  const auto* const status = engine::errors_as<StatusError>(error);
  if (status == nullptr) {
    if (engine::errors_as<Failure>(error) != nullptr) return error;
    return engine::errorf(prefix, error.message());
  }
  StatusError changed = *status;
  changed.text = std::string(prefix) + status->text;
  return engine::make_error(std::move(changed));
}

std::string failure_text(const Error& error) {
  if (const auto* const several = engine::errors_as<Failures>(error); several != nullptr) {
    std::string out;
    for (const Error& each : several->errors) out += line_of(each, false) + "\n";
    return out;
  }
  if (is_invalid(error)) return invalid_text(*engine::errors_as<StatusError>(error));
  std::string out = line_of(error, true);
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

Error connection_error(const RestClient& client, const Error& error) {
  std::string host = client.config().host;
  const size_t scheme = host.find("://");
  if (scheme != std::string::npos) host.erase(0, scheme + 3);
  const std::string text = error.message();
  if (text.find("connection refused") != std::string::npos) {
    return engine::make_error(Failure{"The connection to the server " + host +
                                      " was refused - did you specify the right host or port?"});
  }
  return engine::make_error(Failure{"Unable to connect to the server: " + text});
}

}  // namespace sim::k8s::kubectl
