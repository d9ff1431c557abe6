// tests/k8s/print_test.cpp: what kubectl get prints, compared with the bytes of the real kubectl.

#include "sim/k8s/kubectl/print.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/kubectl/tab_writer.h"
#include "tests/support/in_world.h"

using namespace sim::k8s::kubectl;
using sim::json::Value;

namespace {

Value parsed(std::string_view text) {
  const sim::json::Parsed out = sim::json::parse(text);
  CHECK(out.error.empty());
  return out.value;
}

// Without the columns if there are none.
std::string table(std::string_view columns, std::string_view rows) {
  return R"({"kind": "Table", "columnDefinitions": )" + std::string(columns) + R"(, "rows": [)" +
         std::string(rows) + "]}";
}

constexpr std::string_view kPodColumns =
    R"([{"name": "Name", "type": "string", "format": "name", "priority": 0},
        {"name": "Ready", "type": "string", "priority": 0},
        {"name": "Restarts", "type": "integer", "priority": 0},
        {"name": "Node", "type": "string", "priority": 1}])";
constexpr std::string_view kPods =
    R"({"cells": ["web-0", "1/1", 0, "n1"], "object": {"metadata": {"namespace": "default",
        "labels": {"app": "web", "topology.kubernetes.io/zone": "a"}}}},
       {"cells": ["a-longer-name", "0/1", 12, null], "object": {"metadata": {
        "namespace": "kube-system"}}})";
constexpr std::string_view kNodeColumns =
    R"([{"name": "Name", "type": "string", "format": "name", "priority": 0},
        {"name": "Up", "type": "boolean", "priority": 0}])";
constexpr std::string_view kNodeTable = R"({"cells": ["n1", true], "object": {"metadata": {}}})";

std::string pods_as(TableFormat format) {
  TablePrinter printer(std::move(format));
  printer.begin_kind("pod", true);
  printer.add(parsed(table(kPodColumns, kPods)));
  std::string out;
  printer.flush(out);
  return out;
}

constexpr std::string_view kWeb = R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
    "name": "web", "annotations": {"a": "<&>"}, "managedFields": [{"manager": "m"}]},
    "spec": {"replicas": 2, "containers": [{"name": "c"}, {"name": "d"}]}})";

std::string as(std::string_view output, bool is_list = false) {
  const Value objects[] = {parsed(kWeb)};
  const Output::Parsed format = Output::parse(output);
  if (format.error) return format.error.message();
  PrintOptions options;
  options.output = format.output;
  options.append_yaml = [](std::string& out, const Value& value) {
    out += "yaml of " + std::string(value["kind"].text()) + "\n";
  };
  const Printed printed = print_objects(objects, is_list, options);
  return printed.error ? printed.error.message() : printed.text;
}

}  // namespace

TEST_CASE("Columns are as wide as their widest cell and three more, at least six") {
  const support::InWorld world;
  CHECK(pods_as({}) ==
        "NAME            READY   RESTARTS\n"
        "web-0           1/1     0\n"
        "a-longer-name   0/1     12\n");
  TabWriter writer(TabWriter::kGet);
  writer.write("A\tB\n1\t2\n");
  std::string out;
  writer.flush(out);
  CHECK(out == "A     B\n1     2\n");
}

TEST_CASE("With -o wide come the columns of lower priority") {
  const support::InWorld world;
  CHECK(pods_as({.wide = true, .label_columns = {}}) ==
        "NAME            READY   RESTARTS   NODE\n"
        "web-0           1/1     0          n1\n"
        "a-longer-name   0/1     12         \n");
}

TEST_CASE("Headers, namespaces and labels") {
  const support::InWorld world;
  CHECK(pods_as({.no_headers = true, .label_columns = {}}) ==
        "web-0           1/1   0\n"
        "a-longer-name   0/1   12\n");
  CHECK(pods_as({.all_namespaces = true, .label_columns = {}}) ==
        "NAMESPACE     NAME            READY   RESTARTS\n"
        "default       web-0           1/1     0\n"
        "kube-system   a-longer-name   0/1     12\n");
  CHECK(pods_as({.show_labels = true, .label_columns = {}}) ==
        "NAME            READY   RESTARTS   LABELS\n"
        "web-0           1/1     0          app=web,topology.kubernetes.io/zone=a\n"
        "a-longer-name   0/1     12         <none>\n");
  TableFormat by_labels;
  by_labels.label_columns = {"app", "topology.kubernetes.io/zone"};
  CHECK(pods_as(by_labels) ==
        "NAME            READY   RESTARTS   APP   ZONE\n"
        "web-0           1/1     0          web   a\n"
        "a-longer-name   0/1     12               \n");
}

TEST_CASE("Several kinds are told apart, with an empty line between them") {
  const support::InWorld world;
  TableFormat format;
  format.with_kind = true;
  TablePrinter printer(format);
  std::string out;
  printer.begin_kind("pod", true);
  printer.add(parsed(table(kPodColumns, kPods)));
  printer.begin_kind("job.batch", true);
  printer.add(parsed(table(kPodColumns, "")));
  printer.begin_kind("node", false);
  printer.add(parsed(table(kNodeColumns, kNodeTable)));
  printer.flush(out);
  CHECK(out ==
        "NAME                READY   RESTARTS\n"
        "pod/web-0           1/1     0\n"
        "pod/a-longer-name   0/1     12\n"
        "\n"
        "NAME      UP\n"
        "node/n1   true\n");
}

TEST_CASE("A kind without namespaces has no such column unless one before it had") {
  const support::InWorld world;
  TableFormat format;
  format.all_namespaces = true;
  const auto print = [&](bool nodes_first) {
    TablePrinter printer(format);
    std::string out;
    for (const bool nodes : {nodes_first, !nodes_first}) {
      printer.begin_kind(nodes ? "node" : "pod", !nodes);
      printer.add(parsed(nodes ? table(kNodeColumns, kNodeTable) : table(kPodColumns, kPods)));
    }
    printer.flush(out);
    return out;
  };
  CHECK(print(true).starts_with("NAME   UP\nn1     true\n\nNAMESPACE "));
  CHECK(print(false).ends_with("\n\nNAMESPACE   NAME   UP\n            n1     true\n"));
}

TEST_CASE("Objects that are fetched one by one are one table") {
  const support::InWorld world;
  TablePrinter printer({});
  printer.begin_kind("node", false);
  std::string out;
  printer.flush(out);
  CHECK(out.empty());
  printer.add(parsed(table(kNodeColumns, kNodeTable)));
  printer.add(parsed(table(kNodeColumns, R"({"cells": ["node-22", false], "object": null})")));
  printer.flush(out);
  CHECK(out ==
        "NAME      UP\n"
        "n1        true\n"
        "node-22   false\n");
}

TEST_CASE("In a watch rows follow without headers, and columns stay as wide as they were") {
  const support::InWorld world;
  TablePrinter printer({});
  printer.begin_kind("pod", true);
  std::string out;
  printer.add(parsed(table(kPodColumns, kPods)));
  printer.flush(out);
  out.clear();
  printer.add(parsed(table("null", R"({"cells": ["x", "1/1", 1, null], "object": null})")));
  printer.flush(out);
  CHECK(out == "x               1/1     1\n");

  TablePrinter with_events({});
  with_events.begin_kind("node", false);
  with_events.add(parsed(table(kNodeColumns, kNodeTable)), "ADDED");
  with_events.add(parsed(table(kNodeColumns, kNodeTable)), "MODIFIED");
  out.clear();
  with_events.flush(out);
  CHECK(out ==
        "EVENT      NAME   UP\n"
        "ADDED      n1     true\n"
        "MODIFIED   n1     true\n");
}

TEST_CASE("A cell shows its first line, and nothing that moves the cursor") {
  const support::InWorld world;
  TablePrinter printer({});
  printer.begin_kind("node", false);
  printer.add(
      parsed(table(kNodeColumns, R"({"cells": ["a\nb", "\u001b[31mred"], "object": null})")));
  std::string out;
  printer.flush(out);
  CHECK(out ==
        "NAME   UP\n"
        "a...   ^[[31mred\n");
}

TEST_CASE("Widths count characters") {
  const support::InWorld world;
  TabWriter writer(TabWriter::kDescribe);
  writer.write("\xC3\xA4\xC3\xB6\tx\nabc\ty\n");
  std::string out;
  writer.flush(out);
  CHECK(out == "\xC3\xA4\xC3\xB6   x\nabc  y\n");
}

TEST_CASE("A line without a column ends the column's block") {
  const support::InWorld world;
  TabWriter writer(TabWriter::kDescribe);
  writer.write("a\tb\tc\nlong one\tx\nline\na\tb\tc\n");
  std::string out;
  writer.flush(out);
  CHECK(out == "a         b  c\nlong one  x\nline\na  b  c\n");
}

TEST_CASE("Names, JSON and YAML") {
  const support::InWorld world;
  CHECK(as("name") == "deployment.apps/web\n");
  CHECK(name_text(parsed(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}})")) ==
        "pod/p");
  // As Go writes JSON, and without managed fields.
  CHECK(as("json") == R"({
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "annotations": {
            "a": "\u003c\u0026\u003e"
        },
        "name": "web"
    },
    "spec": {
        "containers": [
            {
                "name": "c"
            },
            {
                "name": "d"
            }
        ],
        "replicas": 2
    }
}
)");
  CHECK(as("yaml") == "yaml of Deployment\n");
  CHECK(as("yaml", true) == "yaml of List\n");
}

TEST_CASE("Several objects are a List of version v1") {
  const support::InWorld world;
  const Value objects[] = {parsed(R"({"kind": "A"})"), parsed(R"({"kind": "B"})")};
  CHECK(list_of(objects).to_json() ==
        R"({"apiVersion":"v1","items":[{"kind":"A"},{"kind":"B"}],"kind":"List",)"
        R"("metadata":{"resourceVersion":""}})");
  PrintOptions options;
  options.output.form = Output::Form::kJson;
  CHECK(print_objects({}, true, options).text ==
        "{\n    \"apiVersion\": \"v1\",\n    \"items\": [],\n    \"kind\": \"List\",\n"
        "    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n");
}

TEST_CASE("JSONPath and columns of one's own") {
  const support::InWorld world;
  CHECK(as("jsonpath={.metadata.name}") == "web");
  CHECK(as("jsonpath={.items[*].metadata.name}", true) == "web");
  CHECK(as("jsonpath={.metadata.managedFields[0].manager}") == "m");
  CHECK(as("jsonpath-as-json={.spec.containers[*].name}") == "[\n    \"c\",\n    \"d\"\n]\n");
  CHECK(as("custom-columns=NAME:.metadata.name,C:{spec.containers[*].name},NO:.x,S:.spec") ==
        "NAME   C     NO       S\n"
        "web    c,d   <none>   map[containers:[map[name:c] map[name:d]] replicas:2]\n");
}

TEST_CASE("What -o cannot be has the error of kubectl") {
  const support::InWorld world;
  CHECK(as("foo") ==
        "unable to match a printer suitable for the output format \"foo\", allowed formats are: "
        "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,"
        "jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml");
  CHECK(as("jsonpath") == "template format specified but no template given");
  CHECK(as("custom-columns") == "custom-columns format specified but no custom columns given");
  CHECK(as("custom-columns=A") ==
        "unexpected custom-columns spec: A, expected <header>:<json-path-expr>");
  CHECK(as("jsonpath={") == "error parsing jsonpath {, unclosed action");
  CHECK(as("jsonpath={.kind[0]}")
            .starts_with("error executing jsonpath \"{.kind[0]}\": Error executing template: "
                         "string is not array or slice. Printing more information for debugging "
                         "the template:\n\ttemplate was:\n\t\t{.kind[0]}\n\tobject given to "
                         "jsonpath engine was:\n\t\tmap[string]interface {}{\"apiVersion\":"));
}
