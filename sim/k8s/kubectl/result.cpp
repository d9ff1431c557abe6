// sim/k8s/kubectl/result.cpp: what commands print of the objects that they have changed.

#include "sim/json/print.h"
#include "sim/json/yaml.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/print.h"

namespace sim::k8s::kubectl {

using engine::Error;
using engine::errorf;

namespace {

bool is_result_form(std::string_view text) {
  const Output::Parsed parsed = Output::parse(text);
  return !parsed.error && parsed.output.form != Output::Form::kWide &&
         parsed.output.form != Output::Form::kCustomColumns;
}

Error no_such_form(std::string_view form) {
  return errorf("unable to match a printer suitable for the output format \"", form,
                "\", allowed formats are: go-template,go-template-file,json,jsonpath,"
                "jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml");
}

}  // namespace

std::string dry_run_suffix(const Call& call) {
  const std::string how = call->dry_run();
  if (how == "client") return " (dry run)";
  return how == "server" ? " (server dry run)" : "";
}

Error check_options(const Call& call) {
  const std::string form = call->flags.text("output");
  if (!is_result_form(form)) return no_such_form(form);
  const std::string how = call->flags.text("dry-run");
  if (how.empty() || how == "none" || how == "client" || how == "server") return nullptr;
  return errorf("Invalid dry-run value (", how, R"(). Must be "none", "server", or "client".)");
}

Error print_result(const Call& call, const Value& object, std::string_view operation) {
  const std::string form = call->flags.text("output");
  if (form.empty()) {
    call->say(name_text(object), operation.empty() ? "" : " ", operation, dry_run_suffix(call),
              "\n");
    return nullptr;
  }
  const Output::Parsed parsed = Output::parse(form);
  if (!is_result_form(form)) return no_such_form(form);
  PrintOptions options;
  options.output = parsed.output;
  options.show_managed_fields = call->flags.truth("show-managed-fields");
  options.append_yaml = json::append_yaml;
  const Printed printed = print_objects(std::span(&object, 1), false, options);
  call->print(printed.text);
  return printed.error;
}

}  // namespace sim::k8s::kubectl
