// sim/k8s/kubectl/events_command.cpp: kubectl events.
//
// Source: kubectl's package events: the order and the columns.

#include <algorithm>
#include <utility>

#include "sim/json/yaml.h"
#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/names.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/kubectl/tab_writer.h"
#include "sim/node/clock.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

std::string_view first_time(const Value& event) {
  const std::string_view exact = event["eventTime"].text();
  return exact.empty() ? event["firstTimestamp"].text() : exact;
}

std::string_view last_time(const Value& event) {
  if (event["series"]) return event["series"]["lastObservedTime"].text();
  const std::string_view last = event["lastTimestamp"].text();
  return last.empty() ? first_time(event) : last;
}

std::string interval(const Value& event, int64_t now) {
  int64_t count = event["count"].integer();
  if (event["series"]) count = event["series"]["count"].integer();
  if (count <= 1 && !event["series"]) return elapsed_since(first_time(event), now);
  std::string out = elapsed_since(last_time(event), now) + " (x";
  engine::append_operand(out, count);
  return out + " over " + elapsed_since(first_time(event), now) + ")";
}

void write_row(TabWriter& writer, const Value& event, bool with_space, int64_t now) {
  const Value& about = event["involvedObject"];
  std::string line;
  if (with_space) line = std::string(namespace_of(event)) + "\t";
  line += interval(event, now) + "\t";
  line += for_terminal(event["type"].text()) + "\t" + for_terminal(event["reason"].text()) + "\t";
  line += for_terminal(about["kind"].text()) + "/" + for_terminal(about["name"].text()) + "\t";
  line += for_terminal(names::trimmed(event["message"].text()));
  writer.write(line + "\n");
}

bool has_type(const Value& event, const std::vector<std::string>& types) {
  if (types.empty()) return true;
  for (const std::string& type : types) {
    if (names::lower(type) == names::lower(event["type"].text())) return true;
  }
  return false;
}

struct Selected {
  std::string fields;
  Error error;
};

// What --for says.
Task<Selected> about(Call call) {
  Selected out;
  const std::string what = call->flags.text("for");
  if (what.empty()) co_return out;
  const std::vector<std::string> parts = split_words(what, '/');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
    out.error = errorf("--for must be in resource/name form");
    co_return out;
  }
  const FoundKind found = co_await kind_by_word(call, parts[0]);
  out.error = found.error;
  if (found.error) co_return out;
  out.fields = "involvedObject.kind=" + std::string(found.kind->kind) +
               ",involvedObject.apiVersion=" + found.kind->api_version() +
               ",involvedObject.name=" + parts[1];
  co_return out;
}

Task<Error> watch_events(Call call, std::string space, std::string fields, std::string since,
                         TabWriter* writer) {
  const std::vector<std::string> types = call->flags.list("types");
  const bool with_space = call->flags.truth("all-namespaces");
  ListOptions options;
  options.field_selector = fields;
  options.resource_version = since;
  const WatchResult watch = co_await call->client.watch(call->context, kEvents, space, options);
  if (watch.error) co_return watch.error;
  while (true) {
    const WatchStream::Event event = co_await watch.stream.next();
    if (event.error || event.type == "ERROR") break;
    if (event.type == "DELETED" || event.type == "BOOKMARK") continue;
    if (!has_type(event.object, types)) continue;
    write_row(*writer, event.object, with_space, node::unix_nano());
    std::string text;
    writer->flush(text);
    call->print(text);
  }
  co_return nullptr;
}

}  // namespace

Outcome run_events(Call call) {
  const Flags& flags = call->flags;
  if (!call->args.empty()) {
    std::string words;
    for (const std::string& word : call->args) words += (words.empty() ? "" : " ") + word;
    co_return usage_error(call, "unknown command \"" + call->args[0] + "\"");
  }
  const std::vector<std::string> types = flags.list("types");
  for (const std::string& type : types) {
    const std::string lower = names::lower(type);
    if (lower != "normal" && lower != "warning") {
      co_return errorf("valid --types are Normal or Warning");
    }
  }
  const bool with_space = flags.truth("all-namespaces");
  const std::string space = with_space ? std::string() : call->space();
  const Selected selected = co_await about(call);
  if (selected.error) co_return selected.error;
  const ListResult list =
      co_await list_all(call, find_kind("v1", "Event"), space, std::string(), selected.fields);
  if (list.error) co_return list.error;
  std::vector<Value> events;
  for (const Value& event : list.items) {
    if (has_type(event, types)) events.push_back(event);
  }
  const bool watches = flags.truth("watch");
  if (events.empty() && !watches) {
    if (with_space) {
      call->warn("No events found.\n");
    } else {
      call->warn("No events found in ", space, " namespace.\n");
    }
    co_return nullptr;
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Value& a, const Value& b) { return last_time(a) < last_time(b); });
  const std::string form = flags.text("output");
  if (!form.empty()) {
    const Output::Parsed parsed = Output::parse(form);
    if (parsed.error) co_return parsed.error;
    PrintOptions options;
    options.output = parsed.output;
    options.append_yaml = json::append_yaml;
    const Printed printed = print_objects(events, true, options);
    call->print(printed.text);
    co_return printed.error;
  }
  TabWriter writer(TabWriter::kGet);
  if (!flags.truth("no-headers")) {
    if (with_space) writer.write("NAMESPACE\t");
    writer.write("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
  }
  const int64_t now = node::unix_nano();
  for (const Value& event : events) write_row(writer, event, with_space, now);
  std::string text;
  writer.flush(text);
  call->print(text);
  if (!watches) co_return nullptr;
  co_return co_await watch_events(call, space, selected.fields, list.resource_version, &writer);
}

}  // namespace sim::k8s::kubectl
