// sim/k8s/apiserver/server_lists.cpp: lists, in pieces if wanted, and watches.

#include <algorithm>
#include <charconv>

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/json/print.h"
#include "sim/k8s/apiserver/server.h"
#include "sim/k8s/apiserver/table.h"
#include "sim/node/machine.h"

namespace sim::k8s {
namespace {

using engine::Task;

/// How long the rest of a list is kept. Source: etcd is compacted every five minutes.
constexpr engine::Duration kPagesKept = 300 * engine::kSecond;
/// Source: kube-apiserver's --min-request-timeout; a watch lasts once to twice as long.
constexpr int64_t kWatchSeconds = 1800;
/// Source: kube-apiserver's cacher, bookmarkFrequency.
constexpr engine::Duration kBookmarks = 60 * engine::kSecond;
/// How long a watch waits for a version that this server has not seen yet.
constexpr engine::Duration kPatience = 3 * engine::kSecond;

std::optional<int64_t> number_in(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return {};
  return number;
}

std::string digits(int64_t number) {
  std::string text;
  engine::append_operand(text, number);
  return text;
}

// What is asked for, or why that cannot be.
Answer selection_for(const KindInfo& kind, const RequestInfo& info, Selection& into) {
  into.kind = &kind;
  if (kind.namespaced) into.space = info.space;
  LabelSelector::Parsed labels = LabelSelector::parse(info.query.get("labelSelector"));
  if (labels.error) return bad_request(labels.error.message());
  FieldSelector::Parsed fields = FieldSelector::parse(info.query.get("fieldSelector"));
  if (fields.error) return bad_request(fields.error.message());
  for (const FieldSelector::Term& term : fields.selector.terms()) {
    if (!is_selectable(kind, term.path)) {
      return bad_request("field label not supported: " + term.path);
    }
  }
  into.labels = std::move(labels.selector);
  into.fields = std::move(fields.selector);
  return {};
}

Value list_document(const KindInfo& kind, std::span<const Value> items, Value meta) {
  return json::Object()
      .set("kind", std::string(kind.kind) + "List")
      .set("apiVersion", kind.api_version())
      .set("metadata", std::move(meta))
      .set("items", Value::array(items))
      .build();
}

bool wants_table(const http::Request& request) {
  const std::string_view accept = request.header.get("Accept");
  return accept.find("as=Table;v=v1;") != accept.npos;
}

// One line of a watch.
void append_event(std::string& out, std::string_view type, const Value& object) {
  out += R"({"type":")";
  out += type;
  out += R"(","object":)";
  json::append_json(out, object);
  out += "}\n";
}

}  // namespace

Task<Answer> ApiServer::list(Call& call) const {
  const KindInfo& kind = *call.kind;
  Selection selection;
  const Answer understood = selection_for(kind, call.info, selection);
  if (understood.failed()) co_return understood;
  const std::string_view limit_text = call.info.query.get("limit");
  const std::optional<int64_t> limit = number_in(limit_text.empty() ? "0" : limit_text);
  if (!limit)
    co_return bad_request("strconv.ParseInt: parsing \"" + std::string(limit_text) +
                          "\": invalid syntax");

  Pages pages;
  const std::string_view token = call.info.query.get("continue");
  for (auto at = core_->pages.begin(); at != core_->pages.end();) {
    at = at->second.until < engine::now() ? core_->pages.erase(at) : std::next(at);
  }
  if (!token.empty()) {
    const size_t dot = token.find('.');
    const std::optional<int64_t> id = number_in(token.substr(0, dot));
    const std::optional<int64_t> at =
        dot == token.npos ? std::nullopt : number_in(token.substr(dot + 1));
    const auto found = id ? core_->pages.find(static_cast<uint64_t>(*id)) : core_->pages.end();
    if (found == core_->pages.end() || !at ||
        static_cast<size_t>(*at) > found->second.items.size()) {
      co_return expired(
          "The provided continue parameter is too old to display a consistent list result. You "
          "can start a new list without the continue parameter, or use the continue token in this "
          "response to retrieve the remainder of the results. Continuing with the provided token "
          "results in an inconsistent list - objects that were created, modified, or deleted "
          "between the time the first chunk was returned and now may show up in the list.");
    }
    pages.items = found->second.items;
    pages.revision = found->second.revision;
    pages.next = static_cast<size_t>(*at);
  } else {
    std::string prefix = Registry::key_of(kind, selection.space, {});
    const Store::Listed listed = co_await registry().store().list(std::move(prefix));
    if (listed.error) co_return internal_error(listed.error.message());
    pages.revision = listed.revision;
    for (const Value& object : listed.items) {
      if (selection.matches(object)) pages.items.push_back(object);
    }
  }
  const size_t left = pages.items.size() - pages.next;
  const size_t count = *limit == 0 ? left : std::min(left, static_cast<size_t>(*limit));
  const std::span<const Value> items = std::span(pages.items).subspan(pages.next, count);
  json::Object meta;
  meta.set("resourceVersion", digits(pages.revision));
  if (count < left) {
    const bool is_first = token.empty();
    uint64_t id = 0;
    if (is_first) {
      id = ++core_->pages_made;
      Pages& kept = core_->pages[id];
      kept = pages;
      kept.until = engine::now() + kPagesKept;
    } else {
      id = static_cast<uint64_t>(*number_in(token.substr(0, token.find('.'))));
    }
    meta.set("continue", digits(static_cast<int64_t>(id)) + "." +
                             digits(static_cast<int64_t>(pages.next + count)));
    if (selection.labels.selects_all() && selection.fields.empty()) {
      meta.set("remainingItemCount", static_cast<int64_t>(left - count));
    }
  }
  if (wants_table(call.request)) {
    const Value list_meta = std::move(meta).build();
    TableOptions options = table_options(call.info);
    co_return Answer{200, table_of(kind, items, list_meta, options)};
  }
  co_return Answer{200, list_document(kind, items, std::move(meta).build())};
}

Task<> ApiServer::watch(Call& call) const {
  const KindInfo& kind = *call.kind;
  Selection selection;
  const Answer understood = selection_for(kind, call.info, selection);
  if (understood.failed()) co_return co_await answer(call, understood);
  // A single object by its path is the same as a selection by name.
  if (!call.info.name.empty()) {
    selection.fields = FieldSelector::parse("metadata.name=" + call.info.name).selector;
  }
  const std::string_view text = call.info.query.get("resourceVersion");
  const std::optional<int64_t> wanted = number_in(text.empty() ? "0" : text);
  if (!wanted) {
    co_return co_await answer(call, bad_request("Invalid value: \"" + std::string(text) +
                                                "\": strconv.ParseUint: parsing \"" +
                                                std::string(text) + "\": invalid syntax"));
  }
  Cacher& cacher = registry().cacher(kind);
  const engine::Instant patience = engine::now() + kPatience;
  if (!co_await cacher.wait_for(*wanted, patience)) {
    const std::string message = "Too large resource version: " + digits(*wanted) +
                                ", current: " + digits(cacher.revision());
    Value details = json::Object().set("retryAfterSeconds", 1).build();
    co_return co_await answer(call, failure(504, "Timeout", message, std::move(details)));
  }
  // Without a version, what is there comes first.
  const bool sends_initial = *wanted == 0 || call.info.query.get("sendInitialEvents") == "true";
  int64_t revision = *wanted;
  std::vector<Value> initial;
  if (sends_initial) {
    std::string prefix = Registry::key_of(kind, selection.space, {});
    const Store::Listed listed = co_await registry().store().list(std::move(prefix));
    revision = listed.revision;
    for (const Value& object : listed.items) {
      if (selection.matches(object)) initial.push_back(object);
    }
    static_cast<void>(co_await cacher.wait_for(revision, patience));
  }
  Cacher::Begun begun = cacher.begin(std::move(selection), revision);
  if (!begun.watcher) {
    // As the real one, inside a stream that has begun.
    const Answer gone = expired("too old resource version: " + digits(revision) + " (" +
                                digits(begun.oldest) + ")");
    std::string line;
    append_event(line, "ERROR", gone.body);
    call.writer.header().set("Content-Type", "application/json");
    static_cast<void>(co_await call.writer.write(std::move(line)));
    co_return;
  }
  co_await stream(call, begun.watcher, std::move(initial), revision);
}

Task<> ApiServer::stream(Call& call, engine::Ref<Watcher> watcher, std::vector<Value> initial,
                         int64_t revision) const {
  const KindInfo& kind = *call.kind;
  const bool as_table = wants_table(call.request);
  const bool bookmarks = call.info.query.get("allowWatchBookmarks") == "true";
  const bool ends_initial = call.info.query.get("sendInitialEvents") == "true";
  const std::string_view timeout = call.info.query.get("timeoutSeconds");
  const int64_t seconds = number_in(timeout).value_or(kWatchSeconds);
  const engine::Instant until =
      engine::now() + engine::kSecond * (seconds > 0 ? seconds : kWatchSeconds);
  engine::Instant next_bookmark = bookmarks ? engine::now() + kBookmarks : engine::kEndOfTime;
  // The watch ends when its client is gone.
  Watcher* const watched = watcher.get();
  const engine::StopFunc stop_watching =
      engine::on_done(call.request.context(), [watched] { watched->end(); });
  engine::Defer stopped([&] { stop_watching(); });

  TableOptions options = table_options(call.info);
  const auto line_of = [&](std::string& out, std::string_view type, const Value& object) {
    if (!as_table) return append_event(out, type, object);
    options.now_unix_ns = node::unix_nano();
    const Value meta =
        Value::empty_object().with("resourceVersion", metadata(object)["resourceVersion"]);
    append_event(out, type, table_of(kind, std::span(&object, 1), meta, options));
    options.without_columns = true;
  };
  const auto bookmark_of = [&](std::string& out, int64_t at, bool is_end) {
    json::Object meta;
    meta.set("resourceVersion", digits(at)).set("creationTimestamp", nullptr);
    if (is_end) {
      meta.set("annotations", json::Object().set("k8s.io/initial-events-end", "true").build());
    }
    append_event(out, "BOOKMARK",
                 json::Object()
                     .set("kind", kind.kind)
                     .set("apiVersion", kind.api_version())
                     .set("metadata", std::move(meta).build())
                     .build());
  };

  call.writer.header().set("Content-Type", "application/json");
  call.writer.header().set("Cache-Control", "no-cache, private");
  call.writer.write_header(200);
  std::string out;
  for (const Value& object : initial) line_of(out, "ADDED", object);
  if (ends_initial && bookmarks) bookmark_of(out, revision, true);
  initial.clear();
  while (true) {
    if (!out.empty()) {
      const engine::Error failed = co_await call.writer.write(std::move(out));
      if (failed) co_return;
    }
    const engine::Error failed = co_await call.writer.flush();
    if (failed) co_return;
    out.clear();
    const Watcher::Next next = co_await watcher->next(std::min(until, next_bookmark));
    for (const WatchEvent& event : next.events) line_of(out, event.type, event.object);
    if (next.ended || engine::now() >= until) break;
    if (engine::now() >= next_bookmark) {
      if (next.revision > 0) bookmark_of(out, next.revision, false);
      next_bookmark = engine::now() + kBookmarks;
    }
  }
  if (!out.empty()) static_cast<void>(co_await call.writer.write(std::move(out)));
}

Task<Answer> ApiServer::remove_collection(Call& call) const {
  const KindInfo& kind = *call.kind;
  Selection selection;
  const Answer understood = selection_for(kind, call.info, selection);
  if (understood.failed()) co_return understood;
  Value options;
  const Answer read = co_await read_body(call, options);
  if (read.failed()) co_return read;
  const std::string_view policy = call.info.query.get("propagationPolicy");
  if (!policy.empty()) options = options.with("propagationPolicy", policy);
  std::string prefix = Registry::key_of(kind, selection.space, {});
  const Store::Listed listed = co_await registry().store().list(std::move(prefix));
  if (listed.error) co_return internal_error(listed.error.message());
  std::vector<Value> removed;
  for (const Value& object : listed.items) {
    if (!selection.matches(object)) continue;
    std::string space(namespace_of(object));
    std::string name(name_of(object));
    const Answer one = co_await registry().remove(kind, std::move(space), std::move(name), options);
    if (one.failed() && one.code != 404) co_return one;
    removed.push_back(object);
  }
  json::Object meta;
  meta.set("resourceVersion", digits(listed.revision));
  co_return Answer{200, list_document(kind, removed, std::move(meta).build())};
}

}  // namespace sim::k8s
