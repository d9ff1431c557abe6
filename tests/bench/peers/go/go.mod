module orrery.test/peers

go 1.25
