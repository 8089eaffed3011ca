// The weather of a seed: which of drydock's fault rules, and with which parameters.
#pragma once

#include "dice.h"
#include "plan.h"

namespace kedge::weather {

// Adds one to four kinds of weather to the plan.
void DrawWeather(Dice& dice, Plan& plan);

}  // namespace kedge::weather
