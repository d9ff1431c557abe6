#include "sim/k8s/apiserver/server.h"

#include <array>
#include <charconv>

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/http2/server.h"
#include "sim/json/parse.h"
#include "sim/json/patch.h"
#include "sim/json/print.h"
#include "sim/json/yaml.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/discovery.h"
#include "sim/k8s/apiserver/table.h"
#include "sim/k8s/schema/strategic_merge.h"
#include "sim/net/socket.h"
#include "sim/node/machine.h"

namespace sim::k8s {
namespace {

using engine::Task;

/// Source: kube-apiserver's limit of a request's body.
constexpr uint64_t kBodyMost = 3 << 20;
constexpr std::string_view kJson = "application/json";

std::string_view media_type(std::string_view content_type) {
  return http::trim_space(content_type.substr(0, content_type.find(';')));
}

// What a client prefers, of the two forms that there are.
enum class Form : uint8_t { kObject, kTable, kPartial, kYaml, kNone };
Form form_for(const http::Request& request) {
  const std::string_view accept = request.header.get("Accept");
  if (accept.empty()) return Form::kObject;
  for (const std::string_view item : http::list_members(accept)) {
    const std::string_view type = media_type(item);
    const bool any = type == "*/*" || type == "application/*";
    if (type == "application/yaml") return Form::kYaml;
    if (type != kJson && !any) continue;
    if (item.find("as=Table") != item.npos) {
      if (item.find("v=v1beta1") != item.npos) continue;
      return Form::kTable;
    }
    if (item.find("as=PartialObjectMetadata") != item.npos) return Form::kPartial;
    if (item.find("as=") != item.npos) continue;
    return Form::kObject;
  }
  return Form::kNone;
}

bool wants_pretty(const http::Request& request, const http::Values& query) {
  const std::string_view pretty = query.get("pretty");
  if (!pretty.empty()) return pretty != "false" && pretty != "0";
  const std::string_view agent = request.header.get("User-Agent");
  return agent.starts_with("curl") || agent.starts_with("Wget") || agent.starts_with("Mozilla");
}

std::string text_of(const Value& body, const http::Request& request, const RequestInfo& info) {
  std::string text;
  if (form_for(request) == Form::kYaml) {
    json::append_yaml(text, body);
    return text;
  }
  if (wants_pretty(request, info.query)) {
    json::append_pretty(text, body, 2);
  } else {
    json::append_json(text, body);
  }
  text += '\n';
  return text;
}

Task<> answer_text(http::ResponseWriter writer, std::string text) {
  writer.header().set("Content-Type", "text/plain; charset=utf-8");
  static_cast<void>(co_await writer.write(std::move(text)));
}

bool is_health(std::string_view path) {
  return path == "/healthz" || path == "/livez" || path == "/readyz";
}

}  // namespace

Task<engine::Error> ApiServer::listen_and_serve(std::string address) const {
  const ApiServer self = *this;
  engine::go([registry = core_->registry]() -> Task<> {
    co_await registry->run();
  }).set_name("follow the store");
  co_await self.bootstrap();
  const http::Handler handler = [self](http::ResponseWriter w, http::Request r) {
    return self.handle(std::move(w), std::move(r));
  };
  http::ServerOptions options;
  options.http2 = http2::serve;
  const http::Server server(handler, options);
  co_return co_await server.listen_and_serve(std::move(address));
}

// What every cluster has from the beginning. What is there already stays.
Task<> ApiServer::bootstrap() const {
  const ApiServer self = *this;
  Registry& all = self.registry();
  Registry::Options options;
  const KindInfo* const namespaces = all.resources().find({}, "v1", "namespaces");
  for (const std::string_view name : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    Value made = new_object({"v1", "Namespace"}, {}, name);
    static_cast<void>(co_await all.create(*namespaces, {}, std::move(made), options));
  }
  const KindInfo* const classes =
      all.resources().find("scheduling.k8s.io", "v1", "priorityclasses");
  struct Class {
    std::string_view name;
    int64_t value;
    std::string_view about;
  };
  constexpr Class kClasses[] = {
      {"system-cluster-critical", 2'000'000'000, "Pods that the whole cluster needs."},
      {"system-node-critical", 2'000'001'000, "Pods that their node needs."}};
  for (const Class& each : kClasses) {
    Value made = new_object({"scheduling.k8s.io/v1", "PriorityClass"}, {}, each.name);
    made = made.with("value", each.value).with("description", each.about);
    static_cast<void>(co_await all.create(*classes, {}, std::move(made), options));
  }
  // The API server itself, as programs in pods know it.
  const KindInfo* const services = all.resources().find({}, "v1", "services");
  const Value port = json::Object()
                         .set("name", "https")
                         .set("port", kServicePort)
                         .set("targetPort", int64_t{kApiPort})
                         .build();
  const Value spec = json::Object()
                         .set("clusterIP", kServiceAddress)
                         .set("ports", json::Array().add(port).build())
                         .build();
  Value made = new_object({"v1", "Service"}, "default", "kubernetes").with("spec", spec);
  made = with_label(made, "component", "apiserver");
  made = with_label(made, "provider", "kubernetes");
  static_cast<void>(co_await all.create(*services, "default", std::move(made), options));
  const KindInfo* const slices = all.resources().find("discovery.k8s.io", "v1", "endpointslices");
  const std::string own = net::ip_text(net::this_stack().ip());
  const Value endpoint = json::Object()
                             .set("addresses", json::Array().add(own).build())
                             .set("conditions", json::Object().set("ready", true).build())
                             .build();
  const Value slice_port = json::Object()
                               .set("name", "https")
                               .set("port", int64_t{kApiPort})
                               .set("protocol", "TCP")
                               .build();
  made = new_object({"discovery.k8s.io/v1", "EndpointSlice"}, "default", "kubernetes")
             .with("addressType", "IPv4")
             .with("endpoints", json::Array().add(endpoint).build())
             .with("ports", json::Array().add(slice_port).build());
  made = with_label(made, "kubernetes.io/service-name", "kubernetes");
  static_cast<void>(co_await all.create(*slices, "default", std::move(made), options));
}

Task<> ApiServer::handle(http::ResponseWriter writer, http::Request request) const {
  const ApiServer self = *this;
  Call call{std::move(writer), std::move(request), {}, nullptr, {}};
  call.info = request_info(call.request);
  const std::string_view path = call.info.path;
  if (is_health(path)) co_return co_await answer_text(call.writer, "ok");
  if (path == "/openapi/v2") {
    // Nothing: a client that validates for itself then leaves it to the server.
    call.writer.header().set("Content-Type",
                             "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
    co_return;
  }
  Answer found;
  if (path.starts_with("/openapi/v3")) {
    found.body = openapi_at(path);
  } else if (std::optional<Value> document =
                 discovery_document(self.registry().resources(), path)) {
    found.body = std::move(*document);
  }
  if (found.body) co_return co_await self.answer(call, std::move(found));
  if (call.info.is_resource()) {
    call.kind =
        self.registry().resources().find(call.info.group, call.info.version, call.info.resource);
  }
  if (call.kind == nullptr ||
      (!call.kind->namespaced && call.info.resource != "namespaces" && !call.info.space.empty())) {
    if (path.starts_with("/api")) co_return co_await self.answer(call, no_such_resource());
    call.writer.write_header(404);
    co_return co_await answer_text(call.writer, "404 page not found\n");
  }
  co_await self.resource(call);
}

Task<> ApiServer::answer(Call& call, Answer answer) const {
  Form form = form_for(call.request);
  if (form == Form::kNone) {
    answer = not_acceptable();
    form = Form::kObject;
  }
  Value body = std::move(answer.body);
  const bool is_object = call.kind != nullptr && body["kind"].text() == call.kind->kind;
  if (form == Form::kTable && is_object && call.info.verb == Verb::kGet) {
    const std::array<Value, 1> one = {body};
    const Value meta =
        Value::empty_object().with("resourceVersion", metadata(body)["resourceVersion"]);
    body = table_of(*call.kind, one, meta, table_options(call.info));
  }
  http::Header& header = call.writer.header();
  header.set("Audit-Id", registry().new_uid());
  header.set("Cache-Control", "no-cache, private");
  for (const std::string& warning : call.options.warnings) {
    std::string value = "299 - ";
    json::append_quoted(value, warning, false);
    header.add("Warning", value);
  }
  if (answer.retry_after > 0) {
    std::string seconds;
    engine::append_operand(seconds, answer.retry_after);
    header.set("Retry-After", seconds);
  }
  std::string text = text_of(body, call.request, call.info);
  header.set("Content-Type", form == Form::kYaml ? "application/yaml" : kJson);
  std::string length;
  engine::append_operand(length, uint64_t{text.size()});
  header.set("Content-Length", length);
  call.writer.write_header(answer.code);
  static_cast<void>(co_await call.writer.write(std::move(text)));
}

Task<> ApiServer::resource(Call& call) const {
  call.options.dry_run = call.info.query.get("dryRun") == "All";
  call.options.field_validation = call.info.query.get("fieldValidation");
  if (call.info.verb == Verb::kWatch) co_return co_await watch(call);
  if (call.info.subresource == "log") co_return co_await log(call);
  const bool has_own_way = !call.info.subresource.empty() && call.info.subresource != "status";
  Answer out;
  if (has_own_way) {
    out = co_await subresource(call);
    co_return co_await answer(call, std::move(out));
  }
  if (call.info.subresource == "status" && !call.kind->has_status) {
    co_return co_await answer(call, no_such_resource());
  }
  switch (call.info.verb) {
    case Verb::kGet:
      out = co_await registry().get(*call.kind, call.info.space, call.info.name);
      break;
    case Verb::kList:
      out = co_await list(call);
      break;
    case Verb::kCreate:
    case Verb::kUpdate:
    case Verb::kDelete:
      out = co_await write(call);
      break;
    case Verb::kPatch:
      out = co_await patch(call);
      break;
    case Verb::kDeleteCollection:
      out = co_await remove_collection(call);
      break;
    case Verb::kWatch:
    case Verb::kNone:
      out = method_not_allowed();
      break;
  }
  co_await answer(call, std::move(out));
}

// The request's body as an object, or a failure.
Task<Answer> ApiServer::read_body(Call& call, Value& into) const {
  const http::Body::All all = co_await call.request.body.read_all(kBodyMost);
  if (all.error) {
    if (all.text.size() >= kBodyMost) {
      co_return failure(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
    }
    co_return bad_request(all.error.message());
  }
  if (all.text.empty()) co_return Answer{};
  const std::string_view type = media_type(call.request.header.get("Content-Type"));
  if (type == "application/yaml") {
    json::Documents documents = json::parse_yaml_documents(all.text);
    if (!documents.error.empty()) co_return bad_request(std::move(documents.error));
    if (!documents.values.empty()) into = documents.values[0];
    co_return Answer{};
  }
  if (!type.empty() && type != kJson && call.info.verb != Verb::kPatch) {
    co_return unsupported_media_type(
        "application/json, application/yaml, application/vnd.kubernetes.protobuf");
  }
  json::Parsed parsed = json::parse(all.text);
  if (!parsed.value) {
    std::string kind = call.kind == nullptr ? std::string() : std::string(call.kind->kind);
    co_return bad_request(kind + " in version \"" + call.info.version +
                          "\" cannot be handled as a " + kind + ": " + parsed.error);
  }
  for (const std::string& path : parsed.duplicates) {
    std::string text = "duplicate field \"" + path + "\"";
    if (call.options.field_validation == "Strict") {
      co_return bad_request("strict decoding error: " + text);
    }
    if (call.options.field_validation != "Ignore") call.options.warnings.push_back(std::move(text));
  }
  into = std::move(parsed.value);
  co_return Answer{};
}

Task<Answer> ApiServer::write(Call& call) const {
  const KindInfo& kind = *call.kind;
  const RequestInfo& info = call.info;
  Value body;
  const Answer read = co_await read_body(call, body);
  if (read.failed()) co_return read;
  if (info.verb == Verb::kDelete) {
    if (!info.query.get("propagationPolicy").empty()) {
      body = body.with("propagationPolicy", info.query.get("propagationPolicy"));
    }
    const std::string_view grace = info.query.get("gracePeriodSeconds");
    if (!grace.empty()) {
      int64_t seconds = 0;
      std::from_chars(grace.data(), grace.data() + grace.size(), seconds);
      body = body.with("gracePeriodSeconds", seconds);
    }
    co_return co_await registry().remove(kind, info.space, info.name, body);
  }
  if (info.verb == Verb::kUpdate) {
    co_return co_await registry().update(kind, info, body, call.options);
  }
  if (!info.name.empty()) co_return method_not_allowed();
  if (kind.namespaced && info.space.empty()) {
    co_return bad_request("an empty namespace may not be set during creation");
  }
  std::string space;
  if (kind.namespaced) space = info.space;
  co_return co_await registry().create(kind, std::move(space), body, call.options);
}

Task<Answer> ApiServer::patch(Call& call) const {
  constexpr std::string_view kJsonPatch = "application/json-patch+json";
  constexpr std::string_view kMergePatch = "application/merge-patch+json";
  constexpr std::string_view kStrategicPatch = "application/strategic-merge-patch+json";
  const std::string type(media_type(call.request.header.get("Content-Type")));
  const bool strategic = type == kStrategicPatch;
  if (type != kJsonPatch && type != kMergePatch && !(strategic && call.kind->schema != nullptr)) {
    std::string accepted = std::string(kJsonPatch) + ", " + std::string(kMergePatch);
    if (call.kind->schema != nullptr) accepted += ", " + std::string(kStrategicPatch);
    co_return unsupported_media_type(accepted);
  }
  Value body;
  const Answer read = co_await read_body(call, body);
  if (read.failed()) co_return read;
  if (type == kJsonPatch && std::ssize(body.items()) > json::kPatchOperationsMax) {
    std::string message = "The allowed maximum operations in a JSON patch is ";
    engine::append_operand(message, json::kPatchOperationsMax);
    message += ", got ";
    engine::append_operand(message, uint64_t{body.size()});
    co_return failure(413, "RequestEntityTooLarge", std::move(message));
  }
  if (type == kMergePatch && !body.is_object()) co_return bad_request("Invalid JSON Patch");
  const Registry::Change change = [&](const Value& current) -> Answer {
    json::Patched patched;
    if (type == kJsonPatch) {
      patched = json::json_patch(current, body);
    } else if (strategic) {
      patched = strategic_merge(call.kind->schema, current, body);
    } else {
      patched.value = json::merge_patch(current, body);
    }
    if (patched.error) {
      const std::string why = patched.error.message();
      if (type != kJsonPatch) return bad_request(why);
      const Value cause =
          json::Object().set("reason", "UnexpectedServerResponse").set("message", why).build();
      return failure(422, "Invalid",
                     "the server rejected our request due to an error in our request",
                     json::Object().set("causes", json::Array().add(cause).build()).build());
    }
    return {200, patched.value};
  };
  co_return co_await registry().modify(*call.kind, call.info, change, call.options);
}

}  // namespace sim::k8s
