#include "engine/task/goroutine.h"

#include <charconv>

namespace engine {

namespace {

using detail::Attachment;

struct NameOf final : Attachment {
  explicit NameOf(std::string_view text) : Attachment(Kind::kName), name(text) {}
  std::string name;
};

struct LabelsOf final : Attachment {
  explicit LabelsOf(Labels pairs) : Attachment(Kind::kLabels), labels(std::move(pairs)) {}
  Labels labels;
};

}  // namespace

Attachment* Goroutine::find(Attachment::Kind kind) const {
  Attachment* at = attachments_;
  while (at != nullptr && at->kind != kind) at = at->next;
  return at;
}

void Goroutine::attach(Attachment* attachment) {
  attachment->next = attachments_;
  attachments_ = attachment;
}

void Goroutine::drop_attachments() {
  while (attachments_ != nullptr) delete std::exchange(attachments_, attachments_->next);
}

std::string_view Goroutine::name() const {
  const Attachment* found = find(Attachment::Kind::kName);
  return found == nullptr ? std::string_view() : static_cast<const NameOf*>(found)->name;
}

Goroutine& Goroutine::set_name(std::string_view name) {
  if (Attachment* found = find(Attachment::Kind::kName)) {
    static_cast<NameOf*>(found)->name = name;
  } else {
    attach(new NameOf(name));
  }
  return *this;
}

const Labels* Goroutine::labels() const {
  const Attachment* found = find(Attachment::Kind::kLabels);
  return found == nullptr ? nullptr : &static_cast<const LabelsOf*>(found)->labels;
}

Goroutine& Goroutine::set_labels(Labels labels) {
  if (Attachment* found = find(Attachment::Kind::kLabels)) {
    static_cast<LabelsOf*>(found)->labels = std::move(labels);
  } else {
    attach(new LabelsOf(std::move(labels)));
  }
  return *this;
}

std::string_view Process::env(std::string_view variable, std::string_view otherwise) const {
  for (const auto& [name, value] : env_) {
    if (name == variable) return value;
  }
  return otherwise;
}

int64_t Process::env_int(std::string_view variable, int64_t otherwise) const {
  const std::string_view text = env(variable, {});
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

bool Process::env_bool(std::string_view variable, bool otherwise) const {
  const std::string_view text = env(variable, {});
  return text == "true" ? true : text == "false" ? false : otherwise;
}

}  // namespace engine
