#include "sim/k8s/client/rest.h"

#include <algorithm>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/json/parse.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

bool has_reason(const Error& error, std::string_view reason) {
  const auto* const status = engine::errors_as<StatusError>(error);
  return status != nullptr && status->reason == reason;
}

std::string query_of(const ListOptions& options, bool watches) {
  http::Values query;
  const auto set = [&query](std::string_view key, std::string_view value) {
    if (!value.empty()) query.set(key, value);
  };
  const auto number = [](int64_t value) {
    std::string text;
    engine::append_operand(text, value);
    return text;
  };
  set("labelSelector", options.label_selector);
  set("fieldSelector", options.field_selector);
  set("resourceVersion", options.resource_version);
  set("continue", options.continue_token);
  if (options.limit > 0) set("limit", number(options.limit));
  if (options.timeout_seconds > 0) set("timeoutSeconds", number(options.timeout_seconds));
  if (options.allow_watch_bookmarks) set("allowWatchBookmarks", "true");
  if (watches) set("watch", "true");
  return query.empty() ? std::string() : "?" + query.encode();
}

http::ClientOptions client_options() {
  http::ClientOptions options;
  // Source: apimachinery's util/net, HTTP2_READ_IDLE_TIMEOUT_SECONDS and
  // HTTP2_PING_TIMEOUT_SECONDS.
  options.read_idle_timeout = 30 * engine::kSecond;
  options.ping_timeout = 15 * engine::kSecond;
  return options;
}

}  // namespace

bool is_not_found(const Error& error) {
  return has_reason(error, "NotFound");
}
bool is_conflict(const Error& error) {
  return has_reason(error, "Conflict");
}
bool is_already_exists(const Error& error) {
  return has_reason(error, "AlreadyExists");
}
bool is_invalid(const Error& error) {
  return has_reason(error, "Invalid");
}
bool is_expired(const Error& error) {
  return has_reason(error, "Expired") || has_reason(error, "Gone");
}
bool is_too_many_requests(const Error& error) {
  return has_reason(error, "TooManyRequests");
}

Error error_of(int code, std::string_view body) {
  if (code < 400) return nullptr;
  StatusError made;
  made.code = code;
  const json::Parsed parsed = json::parse(body);
  if (parsed.value["kind"].text() == "Status") {
    made.status = parsed.value;
    made.reason = parsed.value["reason"].text();
    made.text = parsed.value["message"].text();
  } else {
    made.reason = code == 404 ? "NotFound" : code == 409 ? "Conflict" : "";
    made.text = "the server responded with the status code ";
    engine::append_operand(made.text, code);
  }
  return engine::make_error(std::move(made));
}

RestClient::RestClient(RestConfig config) : core_(new Core(std::move(config), client_options())) {}

std::string RestClient::path_of(const Resource& resource, std::string_view space,
                                std::string_view name, std::string_view subresource) {
  std::string path = resource.api_version.find('/') == std::string_view::npos ? "/api/" : "/apis/";
  path += resource.api_version;
  if (resource.namespaced && !space.empty()) {
    path += "/namespaces/";
    path += space;
  }
  path += '/';
  path += resource.plural;
  for (const std::string_view part : {name, subresource}) {
    if (part.empty()) continue;
    path += '/';
    path += part;
  }
  return path;
}

// A token bucket: each request takes one, `burst` are saved up at most.
Task<> RestClient::pace() const {
  const RestClient self = *this;
  const RestConfig& config = self.core_->config;
  if (config.qps <= 0) co_return;
  const engine::Duration each = engine::kSecond / config.qps;
  const engine::Instant now = engine::now();
  const engine::Instant full = now - each * (config.burst - 1);
  engine::Instant& next = self.core_->next_at;
  const engine::Instant mine = std::max(next, full);
  next = mine + each;
  if (mine > now) co_await engine::sleep_for(mine - now);
}

Task<http::RoundTrip> RestClient::open(Context context, RawRequest request) const {
  const RestClient self = *this;
  const RestConfig& config = self.core_->config;
  co_await self.pace();
  http::NewRequest made =
      http::new_request(request.method, config.host + request.path, std::move(request.body));
  http::RoundTrip failed;
  failed.error = made.error;
  if (made.error) co_return failed;
  http::Header& header = made.request.header;
  header.set("Accept", request.accept.empty() ? "application/json, */*" : request.accept);
  header.set("User-Agent", config.user_agent);
  if (!request.content_type.empty()) header.set("Content-Type", request.content_type);
  if (!config.bearer_token.empty()) header.set("Authorization", "Bearer " + config.bearer_token);
  made.request.context = [context] { return context; };
  co_return co_await self.core_->client.send(std::move(made.request));
}

Task<RestClient::Raw> RestClient::raw(Context context, RawRequest request) const {
  const RestClient self = *this;
  Raw out;
  engine::Cancelable limited;
  const bool is_limited = self.core_->config.timeout.ns > 0;
  if (is_limited) {
    limited = engine::with_timeout(context, self.core_->config.timeout);
    context = limited.context;
  }
  const http::RoundTrip trip = co_await self.open(context, std::move(request));
  if (trip.error) {
    out.error = trip.error;
  } else {
    http::Body::All all = co_await trip.response.body.read_all();
    out.code = trip.response.status;
    out.header = trip.response.header;
    out.error = all.error ? all.error : error_of(out.code, all.text);
    out.text = std::move(all.text);
  }
  if (is_limited) limited.cancel();
  co_return out;
}

Task<ObjectResult> RestClient::object(Context context, RawRequest request) const {
  const RestClient self = *this;
  ObjectResult out;
  const Raw raw = co_await self.raw(std::move(context), std::move(request));
  out.error = raw.error;
  if (out.error) co_return out;
  json::Parsed parsed = json::parse(raw.text);
  out.object = std::move(parsed.value);
  if (!parsed.error.empty()) out.error = engine::errorf(parsed.error);
  co_return out;
}

Task<ObjectResult> RestClient::get(Context context, Resource resource, std::string space,
                                   std::string name) const {
  RawRequest request("GET", path_of(resource, space, name));
  return object(std::move(context), std::move(request));
}

Task<ListResult> RestClient::list(Context context, Resource resource, std::string space,
                                  ListOptions options) const {
  const RestClient self = *this;
  RawRequest request("GET", path_of(resource, space) + query_of(options, false));
  const ObjectResult got = co_await self.object(std::move(context), std::move(request));
  ListResult out;
  out.error = got.error;
  const std::span<const Value> items = got.object["items"].items();
  out.items.assign(items.begin(), items.end());
  out.resource_version = metadata(got.object)["resourceVersion"].text();
  out.continue_token = metadata(got.object)["continue"].text();
  co_return out;
}

Task<ObjectResult> RestClient::create(Context context, Resource resource, std::string space,
                                      Value object) const {
  RawRequest request("POST", path_of(resource, space));
  request.content_type = "application/json";
  request.body = object.to_json();
  return this->object(std::move(context), std::move(request));
}

Task<ObjectResult> RestClient::update(Context context, Resource resource, Value object,
                                      std::string subresource) const {
  RawRequest request("PUT", path_of(resource, namespace_of(object), name_of(object), subresource));
  request.content_type = "application/json";
  request.body = object.to_json();
  return this->object(std::move(context), std::move(request));
}

Task<ObjectResult> RestClient::patch(Context context, Resource resource, ObjectKey key,
                                     Patch patch) const {
  RawRequest request("PATCH", path_of(resource, key.space, key.name, patch.subresource));
  switch (patch.type) {
    case PatchType::kJson:
      request.content_type = "application/json-patch+json";
      break;
    case PatchType::kMerge:
      request.content_type = "application/merge-patch+json";
      break;
    case PatchType::kStrategic:
      request.content_type = "application/strategic-merge-patch+json";
      break;
  }
  request.body = patch.body.to_json();
  return object(std::move(context), std::move(request));
}

Task<Error> RestClient::remove(Context context, Resource resource, ObjectKey key,
                               Value options) const {
  const RestClient self = *this;
  RawRequest request("DELETE", path_of(resource, key.space, key.name));
  if (options) {
    request.content_type = "application/json";
    request.body = options.to_json();
  }
  const Raw raw = co_await self.raw(std::move(context), std::move(request));
  co_return raw.error;
}

Task<Error> RestClient::bind(Context context, Value binding) const {
  const RestClient self = *this;
  RawRequest request("POST", path_of(kPods, namespace_of(binding), name_of(binding), "binding"));
  request.content_type = "application/json";
  request.body = binding.to_json();
  const Raw raw = co_await self.raw(std::move(context), std::move(request));
  co_return raw.error;
}

Task<WatchResult> RestClient::watch(Context context, Resource resource, std::string space,
                                    ListOptions options) const {
  const RestClient self = *this;
  RawRequest request("GET", path_of(resource, space) + query_of(options, true));
  const http::RoundTrip trip = co_await self.open(std::move(context), std::move(request));
  WatchResult out;
  out.error = trip.error;
  if (trip.error) co_return out;
  if (trip.response.status >= 400) {
    const http::Body::All all = co_await trip.response.body.read_all();
    out.error = error_of(trip.response.status, all.text);
    co_return out;
  }
  out.stream = WatchStream(trip.response.body);
  co_return out;
}

Task<WatchStream::Event> WatchStream::next() const {
  const engine::Ref<Core> core = core_;
  Event event;
  size_t searched = core->begins;
  while (true) {
    const size_t end = core->text.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line =
          std::string_view(core->text).substr(core->begins, end - core->begins);
      const json::Parsed parsed = json::parse(line);
      core->begins = end + 1;
      if (core->begins == core->text.size()) {
        core->text.clear();
        core->begins = 0;
      }
      event.type = parsed.value["type"].text();
      event.object = parsed.value["object"];
      if (!parsed.error.empty()) event.error = engine::errorf(parsed.error);
      co_return event;
    }
    searched = core->text.size();
    if (core->begins > 0) {
      core->text.erase(0, core->begins);
      searched -= core->begins;
      core->begins = 0;
    }
    const net::ReadResult piece = co_await core->body.read();
    if (piece.error) {
      event.error = piece.error;
      co_return event;
    }
    core->text += piece.bytes.view();
  }
}

}  // namespace sim::k8s
