// web/panels/setup.cpp: what makes this run this run: policy and knobs. Changing one starts it
// afresh.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/panels.h"

namespace web::panels {
namespace {

using sim::scenario::Knob;
using sim::scenario::KnobValue;

void restart_with(App& app, const std::string& name, const std::string& value) {
  app.later([name, value](App& a) {
    Link link = a.session().link();
    link.step = 0;
    link.inputs.clear();
    std::erase_if(link.knobs, [&](const auto& knob) { return knob.first == name; });
    link.knobs.emplace_back(name, value);
    a.open(link);
  });
}

void row_label(const std::string& words) {
  if (!ui::visible()) return;
  const float top = ImGui::GetCursorPosY();
  const ui::Letters letters(ui::Face::kBody, ui::kTextSize, ui::palette().text);
  ImGui::SetCursorPosY(top + 6);
  ImGui::TextUnformatted(words.c_str());
  ImGui::SameLine();
  ImGui::SetCursorPosY(top);
}

/// The control's column begins at the same place in every row.
float control_column() {
  const float width = ImGui::GetContentRegionMax().x - ImGui::GetCursorStartPos().x;
  return ImGui::GetCursorStartPos().x + std::floor(width * 0.46F);
}

void whole_number_knob(App& app, const Knob& knob, float width) {
  const std::string id = "knob." + knob.name;
  const int64_t value = *std::get_if<int64_t>(&knob.value);
  constexpr int64_t kSliderRange = 64;
  const float top = ImGui::GetCursorPosY();
  const bool slides = knob.min && knob.max && *knob.max - *knob.min <= kSliderRange;
  if (slides) {
    double moved = static_cast<double>(value);
    constexpr float kNumber = 34.0F;
    if (ui::slider(id,
                   {.label = knob.name + ": " + knob.about,
                    .min = static_cast<double>(*knob.min),
                    .max = static_cast<double>(*knob.max),
                    .width = width - kNumber},
                   moved)) {
      restart_with(app, knob.name, std::to_string(static_cast<int64_t>(moved)));
    }
    if (!ui::visible()) return;
    ImGui::SameLine(0, 6);
    ImGui::SetCursorPosY(top + 8);
    ImGui::TextUnformatted(std::to_string(value).c_str());
    ImGui::SetCursorPosY(top + ui::kControlHeight + ImGui::GetStyle().ItemSpacing.y);
    return;
  }
  std::string words = std::to_string(value);
  if (ui::text_field(id, knob.name + ": " + knob.about, words, width))
    restart_with(app, knob.name, words);
}

void knob_row(App& app, const Knob& knob) {
  row_label(knob.name);
  const float column = control_column();
  const float width = std::max(ImGui::GetContentRegionMax().x - column, 80.0F);
  if (ui::visible()) ImGui::SetCursorPosX(column);
  const std::string id = "knob." + knob.name;
  if (!knob.one_of.empty()) {
    std::vector<std::string> options;
    size_t selected = 0;
    for (const KnobValue& option : knob.one_of) {
      if (option == knob.value) selected = options.size();
      options.push_back(sim::scenario::knob_text(option));
    }
    if (ui::choice(id, knob.name + ": " + knob.about, options, selected, width)) {
      restart_with(app, knob.name, options[selected]);
    }
  } else if (const bool* on = std::get_if<bool>(&knob.value)) {
    if (ui::button(id, {.label = *on ? "true" : "false",
                        .icon = *on ? ui::Icon::kCheck : ui::Icon::kClose,
                        .tooltip = knob.about,
                        .is_toggle = true,
                        .on = *on,
                        .width = width})) {
      restart_with(app, knob.name, *on ? "false" : "true");
    }
  } else if (std::holds_alternative<int64_t>(knob.value)) {
    whole_number_knob(app, knob, width);
  } else {
    std::string words = sim::scenario::knob_text(knob.value);
    if (ui::text_field(id, knob.name + ": " + knob.about, words, width))
      restart_with(app, knob.name, words);
  }
  if (!knob.about.empty()) {
    const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
    ui::paragraph(knob.about);
    ImGui::Dummy({0, 2});
  }
}

const char* policy_note(engine::Policy policy) {
  switch (policy) {
    case engine::Policy::kFifo:
      return "Ready goroutines run in the order they became ready.";
    case engine::Policy::kRandom:
      return "Any ready goroutine may run next; the seed decides.";
    case engine::Policy::kPct:
      return "Each goroutine has a random priority; a few are lowered on the way.";
    case engine::Policy::kGo:
      return "As one processor of Go's runtime: the one woken last runs next.";
  }
  return "";
}

void policy_row(App& app) {
  row_label("Policy");
  const float column = control_column();
  if (ui::visible()) ImGui::SetCursorPosX(column);
  const auto policies = engine::policies();
  std::vector<std::string> options;
  size_t selected = 0;
  for (const engine::Policy policy : policies) {
    if (policy == app.session().spec().policy) selected = options.size();
    options.emplace_back(engine::policy_name(policy));
  }
  const float width = std::max(ImGui::GetContentRegionMax().x - column, 80.0F);
  if (ui::choice("policy.choice", "Scheduling policy", options, selected, width)) {
    app.later([selected](App& a) {
      Link link = a.session().link();
      link.policy = engine::policies()[selected];
      link.step = 0;
      link.inputs.clear();
      a.open(link);
    });
  }
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
  ui::paragraph(policy_note(policies[selected]));
  ImGui::Dummy({0, 2});
}

}  // namespace

void setup(App& app) {
  policy_row(app);
  for (const Knob& knob : app.session().scenario().knobs) knob_row(app, knob);
}

}  // namespace web::panels
