// sim/k8s/kubectl/get_command.cpp: kubectl get.

#include <algorithm>
#include <utility>

#include "sim/json/parse.h"
#include "sim/json/yaml.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/kubectl/sorting.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr std::string_view kTableType =
    "application/json;as=Table;v=v1;g=meta.k8s.io,"
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

struct Tables {
  std::vector<Value> tables;
  std::string resource_version;
  Error error;
};

// The rows of an item: of one object, or of a list page by page.
Task<Tables> tables_of(Call call, const Item* item, const Plan* plan) {
  Tables out;
  std::string next;
  const bool sorts = call->flags.given("sort-by");
  do {
    Query query("GET", path_of(*item->kind, item->space, item->name));
    query.accept = kTableType;
    query.with("continue", next);
    if (item->is_list()) {
      query.with("fieldSelector", plan->field_selector).with("labelSelector", plan->label_selector);
      // What is sorted must be there as a whole.
      if (!sorts) query.with("limit", call->flags.text("chunk-size"));
    }
    if (sorts) query.with("includeObject", "Object");
    const ObjectResult page = co_await ask(call, std::move(query));
    out.error = page.error;
    if (out.error) co_return out;
    out.tables.push_back(page.object);
    out.resource_version = metadata(page.object)["resourceVersion"].text();
    next = metadata(page.object)["continue"].text();
  } while (!next.empty());
  co_return out;
}

Task<Error> watch_loop(Call call, const Item* item, const Plan* plan, std::string since,
                       TablePrinter* printer) {
  const Output::Parsed parsed = Output::parse(call->flags.text("output"));
  const bool is_table =
      parsed.output.form == Output::Form::kTable || parsed.output.form == Output::Form::kWide;
  std::string fields = plan->field_selector;
  if (!item->is_list()) fields = "metadata.name=" + item->name;
  Query query("GET", path_of(*item->kind, item->space));
  query.with("fieldSelector", fields).with("labelSelector", plan->label_selector);
  query.with("resourceVersion", since).with("watch", "true");
  RestClient::RawRequest request("GET", query.target());
  request.accept = is_table ? std::string(kTableType) : "application/json";
  const http::RoundTrip trip = co_await call->client.open(call->context, std::move(request));
  if (trip.error) co_return connection_error(call->client, trip.error);
  if (trip.response.status >= 400) {
    const http::Body::All all = co_await trip.response.body.read_all();
    co_return error_of(trip.response.status, all.text);
  }
  const bool shows_events = call->flags.truth("output-watch-events");
  const WatchStream stream(trip.response.body);
  while (true) {
    const WatchStream::Event event = co_await stream.next();
    if (event.error) break;
    if (event.type == "BOOKMARK") continue;
    if (event.type == "ERROR") co_return errorf(event.object["message"].text());
    std::string text;
    if (is_table) {
      printer->add(event.object, shows_events ? std::string_view(event.type) : std::string_view());
      printer->flush(text);
    } else {
      PrintOptions options;
      options.output = parsed.output;
      options.append_yaml = json::append_yaml;
      Printed printed = print_objects(std::span(&event.object, 1), false, options);
      if (printed.error) co_return printed.error;
      text = std::move(printed.text);
      if (parsed.output.form == Output::Form::kYaml) text = "---\n" + text;
    }
    call->print(text);
  }
  co_return nullptr;
}

void print_nothing_found(const Call& call, const Plan& planned) {
  bool all_namespaced = !call->flags.truth("all-namespaces");
  for (const Item& item : planned.items) all_namespaced = all_namespaced && item.kind->namespaced;
  if (all_namespaced) {
    call->warn("No resources found in ", call->space(), " namespace.\n");
  } else {
    call->warn("No resources found\n");
  }
}

Task<Error> get_tables(Call call, Plan planned, TableFormat format) {
  std::vector<Error> errors = planned.errors;
  const bool ignores = call->flags.truth("ignore-not-found");
  const bool watches = call->flags.truth("watch") || call->flags.truth("watch-only");
  std::vector<Tables> found;
  std::vector<const Item*> shown;
  for (const Item& item : planned.items) {
    Tables tables = co_await tables_of(call, &item, &planned);
    if (tables.error) {
      if (!(ignores && is_not_found(tables.error))) {
        errors.push_back(item.is_list() ? list_error(tables.error, *item.kind, planned)
                                        : tables.error);
      }
      continue;
    }
    found.push_back(std::move(tables));
    shown.push_back(&item);
  }
  bool has_several_kinds = false;
  for (const Item* item : shown) {
    has_several_kinds = has_several_kinds || item->kind != shown[0]->kind;
  }
  format.with_kind = has_several_kinds || call->flags.truth("show-kind");
  TablePrinter printer(std::move(format));
  bool has_rows = false;
  const KindInfo* kind = nullptr;
  const std::string sort_by = call->flags.text("sort-by");
  if (!sort_by.empty()) {
    if (const Error error = sort_rows(sort_by, found)) co_return error;
  }
  for (size_t i = 0; i < shown.size(); ++i) {
    for (const Value& table : found[i].tables) {
      if (table["rows"].size() == 0 && !watches) continue;
      if (kind != shown[i]->kind) {
        kind = shown[i]->kind;
        printer.begin_kind(kind_text(kind->api_version(), kind->kind), kind->namespaced);
      }
      has_rows = has_rows || table["rows"].size() > 0;
      if (!call->flags.truth("watch-only")) printer.add(table);
    }
  }
  std::string text;
  if (has_rows) printer.flush(text);
  call->print(text);
  if (watches && errors.empty()) {
    co_return co_await watch_loop(call, shown[0], &planned, found[0].resource_version, &printer);
  }
  if (!has_rows && errors.empty() && !ignores) print_nothing_found(call, planned);
  co_return failures(std::move(errors));
}

Task<Error> get_objects(Call call, Plan planned, PrintOptions options) {
  std::vector<Error> errors = planned.errors;
  std::vector<Value> objects;
  std::string since;
  const bool ignores = call->flags.truth("ignore-not-found");
  for (const Item& item : planned.items) {
    if (item.is_list()) {
      const ListResult list = co_await list_all(call, item.kind, item.space, planned.label_selector,
                                                planned.field_selector);
      if (list.error) {
        errors.push_back(list_error(list.error, *item.kind, planned));
        continue;
      }
      objects.insert(objects.end(), list.items.begin(), list.items.end());
      since = list.resource_version;
      continue;
    }
    Query query("GET", path_of(*item.kind, item.space, item.name));
    const ObjectResult got = co_await ask(call, std::move(query));
    if (got.error) {
      if (!(ignores && is_not_found(got.error))) errors.push_back(got.error);
      continue;
    }
    objects.push_back(got.object);
    since = metadata(got.object)["resourceVersion"].text();
  }
  const std::string sort_by = call->flags.text("sort-by");
  if (!sort_by.empty()) {
    if (const Error error = sort_objects(sort_by, objects)) co_return error;
  }
  const bool watches = call->flags.truth("watch") || call->flags.truth("watch-only");
  // Under a watch each object is printed by itself.
  if (watches && !objects.empty() && options.output.form != Output::Form::kCustomColumns) {
    std::string text;
    for (const Value& object : objects) {
      const Printed printed = print_objects(std::span(&object, 1), false, options);
      if (printed.error) co_return printed.error;
      text += printed.text;
    }
    call->print(text);
  } else if (errors.empty() || !objects.empty()) {
    const bool is_nothing = objects.empty() && planned.is_single && ignores;
    if (!is_nothing) {
      const Printed printed = print_objects(objects, !planned.is_single, options);
      if (printed.error) co_return printed.error;
      call->print(printed.text);
    }
  }
  if (watches && errors.empty()) {
    co_return co_await watch_loop(call, &planned.items[0], &planned, since, nullptr);
  }
  co_return failures(std::move(errors));
}

}  // namespace

Outcome run_get(Call call) {
  const Flags& flags = call->flags;
  const Output::Parsed output = Output::parse(flags.text("output"));
  if (call->args.empty() && !flags.given("filename") && !flags.given("raw")) {
    call->warn(
        "You must specify the type of resource to get. Use \"kubectl api-resources\" for a "
        "complete list of supported resources.\n\n");
    co_return usage_error(call,
                          "Required resource not specified.\nUse \"kubectl explain <resource>\" "
                          "for a detailed description of that resource (e.g. kubectl explain "
                          "pods).");
  }
  if (flags.given("raw")) {
    Query query("GET", flags.text("raw"));
    const RestClient::Raw raw = co_await ask_raw(call, std::move(query));
    if (!raw.error) call->print(raw.text);
    co_return raw.error;
  }
  const bool is_table =
      output.output.form == Output::Form::kTable || output.output.form == Output::Form::kWide;
  if (flags.truth("show-labels") && !is_table) {
    co_return errorf("--show-labels option cannot be used with ", flags.text("output"), " printer");
  }
  if (output.error) co_return output.error;
  PlanOptions options;
  options.kind_means_all = true;
  options.takes_files = true;
  const Plan planned = co_await plan(call, options, call->args);
  if (planned.items.empty()) co_return failures(planned.errors);
  const bool watches = flags.truth("watch") || flags.truth("watch-only");
  if (watches && planned.items.size() != 1) {
    co_return planned.items[0].is_list()
        ? errorf("you may only specify a single resource type")
        : errorf("watch is only supported on individual resources and resource collections");
  }
  if (!is_table) {
    PrintOptions print;
    print.output = output.output;
    print.no_headers = flags.truth("no-headers");
    print.show_managed_fields = flags.truth("show-managed-fields");
    print.append_yaml = json::append_yaml;
    co_return co_await get_objects(call, planned, std::move(print));
  }
  TableFormat format;
  format.wide = output.output.form == Output::Form::kWide;
  format.no_headers = flags.truth("no-headers");
  format.show_labels = flags.truth("show-labels");
  format.all_namespaces = flags.truth("all-namespaces");
  format.label_columns = flags.list("label-columns");
  co_return co_await get_tables(call, planned, std::move(format));
}

}  // namespace sim::k8s::kubectl
