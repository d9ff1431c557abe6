#include "sim/k8s/kubectl/describe_page.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubectl/print.h"

namespace sim::k8s::kubectl {
namespace {

constexpr size_t kAnnotationMax = 140;

// The texts between line ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t end = text.find('\n');
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string shortened(std::string_view text, size_t most) {
  std::string out(text.substr(0, most));
  if (text.size() > most) out += "...";
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string event_age(const Page& page, const Value& event) {
  const Value& time = event["eventTime"];
  const std::string first = page.age(time.is_string() ? time : event["firstTimestamp"]);
  const Value& series = event["series"];
  const Value& last = series.is_object() ? series["lastObservedTime"] : event["lastTimestamp"];
  const int64_t count = (series.is_object() ? series["count"] : event["count"]).integer();
  if (!series.is_object() && count <= 1) return first;
  std::string out = page.age(last) + " (x";
  engine::append_operand(out, count);
  return out + " over " + first + ")";
}

}  // namespace

void Page::add(std::string_view text) {
  if (keeps_tabs_) {
    done_ += for_terminal(text);
    return;
  }
  writer_.write(for_terminal(text));
}

void Page::flush() {
  writer_.flush(done_);
}

std::string Page::finish() {
  flush();
  return std::move(done_);
}

std::string Page::age(const Value& time) const {
  return elapsed_since(time.text(), now_);
}

void Page::title(const Value& object) {
  field(0, "Name", name_of(object));
  field(0, "Namespace", namespace_of(object));
}

void Page::labels(std::string_view title, const Value& labels, std::string_view indent) {
  write(indent, title, ":\t");
  if (labels.size() == 0) return write("<none>\n");
  bool is_first = true;
  for (const json::Member& label : labels.members()) {
    if (!is_first) write(indent, "\t");
    is_first = false;
    write(label.name(), "=", label.value.text(), "\n");
  }
}

void Page::annotations(std::string_view title, const Value& annotations) {
  write(title, ":\t");
  bool is_first = true;
  for (const json::Member& annotation : annotations.members()) {
    if (annotation.name() == "kubectl.kubernetes.io/last-applied-configuration") continue;
    if (!is_first) write("\t");
    is_first = false;
    std::string_view text = annotation.value.text();
    if (text.ends_with('\n')) text.remove_suffix(1);
    const bool is_long = text.size() + annotation.name().size() + 2 > kAnnotationMax;
    if (!is_long && text.find('\n') == std::string_view::npos) {
      write(annotation.name(), ": ", text, "\n");
      continue;
    }
    write(annotation.name(), ":\n");
    for (const std::string_view part : lines_of(text)) {
      write("\t  ", shortened(part, kAnnotationMax - 2), "\n");
    }
  }
  if (is_first) write("<none>\n");
}

void Page::labels_and_annotations(const Value& object) {
  labels("Labels", metadata(object)["labels"]);
  annotations("Annotations", metadata(object)["annotations"]);
}

void Page::controlled_by(const Value& object) {
  const Value& owner = controller_of(object);
  if (owner) field(0, "Controlled By", owner["kind"].text(), "/", owner["name"].text());
}

bool Page::terminating(const Value& object) {
  const Value& since = metadata(object)["deletionTimestamp"];
  if (!since) return false;
  field(0, "Status", "Terminating (lasts ", age(since), ")");
  return true;
}

void Page::conditions(const Value& object) {
  const Value& conditions = object["status"]["conditions"];
  if (conditions.size() == 0) return;
  write("Conditions:\n  Type\tStatus\tReason\n");
  line(1, "----\t------\t------");
  for (const Value& each : conditions.items()) {
    line(1, each["type"].text(), " \t", each["status"].text(), "\t", each["reason"].text());
  }
}

void Page::events() {
  if (!related_.show_events) return;
  if (related_.events.empty()) return field(0, "Events", "<none>");
  flush();
  std::vector<Value> events = related_.events;
  const auto last_of = [](const Value& event) {
    return parse_time(event["lastTimestamp"].text()).value_or(INT64_MIN);
  };
  std::stable_sort(events.begin(), events.end(),
                   [&](const Value& a, const Value& b) { return last_of(a) < last_of(b); });
  write("Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  line(1, "----\t------\t----\t----\t-------");
  for (const Value& event : events) {
    const std::string_view component = event["source"]["component"].text();
    const std::string_view source =
        component.empty() ? event["reportingComponent"].text() : component;
    line(1, event["type"].text(), "\t", event["reason"].text(), "\t", event_age(*this, event), "\t",
         source, "\t", trimmed(event["message"].text()));
  }
}

std::string date_text(const Value& time) {
  const std::optional<int64_t> at = parse_time(time.text());
  if (!at) return "Mon, 01 Jan 0001 00:00:00 +0000";
  constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr int64_t kNsPerDay = 86'400 * int64_t{1'000'000'000};
  const int64_t day = *at / kNsPerDay - (*at % kNsPerDay < 0 ? 1 : 0);
  const std::string text = time_text(*at);  // 2026-01-01T00:00:07Z
  const std::string_view all = text;
  int month = 1;
  std::from_chars(text.data() + 5, text.data() + 7, month);
  std::string out(kDays[static_cast<size_t>((day % 7 + 7) % 7)]);
  out += ", ";
  out += all.substr(8, 2);
  out += ' ';
  out += kMonths[static_cast<size_t>(month - 1)];
  out += ' ';
  out += all.substr(0, 4);
  out += ' ';
  out += all.substr(11, 8);
  return out + " +0000";
}

std::string_view truth_text(bool truth) {
  return truth ? "True" : "False";
}

std::string_view truth_or_unset(const Value& truth) {
  return truth.is_bool() ? truth_text(truth.truth()) : "<unset>";
}

std::string scalar_text(const Value& value) {
  if (value.is_integer() || value.is_bool()) return value.to_json();
  return std::string(value.text());
}

std::string joined(const Value& list, std::string_view separator) {
  std::string out;
  bool is_first = true;
  for (const Value& item : list.items()) {
    if (!is_first) out += separator;
    is_first = false;
    out += scalar_text(item);
  }
  return out;
}

std::string labels_line(const Value& labels) {
  std::string out;
  for (const json::Member& label : labels.members()) {
    if (!out.empty()) out += ',';
    out += label.name();
    out += '=';
    out += label.value.text();
  }
  return out.empty() ? "<none>" : out;
}

std::string selector_line(const Value& selector) {
  const std::string text = LabelSelector::from(selector).text();
  return text.empty() ? "<none>" : text;
}

std::string quantity_line(const Value& quantity) {
  return Quantity::from(quantity).text();
}

int64_t decoded_size(std::string_view base64) {
  while (base64.ends_with('=')) base64.remove_suffix(1);
  return static_cast<int64_t>(base64.size()) * 3 / 4;
}

}  // namespace sim::k8s::kubectl
