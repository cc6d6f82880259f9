"""Django's registration of the app."""

from importlib import import_module

from django.apps import AppConfig

from compliance.controls import CONTROLS


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        """Find the controls at start: their thresholds are parameters, and parameters are read all at once."""
        CONTROLS.codes()
        import_module("compliance.services.thresholds")  # declares what needs a second person
        import_module("compliance.filings.life")  # declares the approval of filings
        import_module("compliance.filings.exempting")
        import_module("compliance.filings.bank_facts")
        import_module("compliance.filings.duty")  # declares from which amounts a report is asked for
        import_module("compliance.services.mailing")  # every process that delivers messages knows its receiver
        import_module("compliance.services.waivers")
        import_module("compliance.services.regress")  # declares parameters of corrective actions
        import_module("compliance.kyc.services.deciding")
        import_module("compliance.kyc.services.lowering")
        import_module("compliance.filings.suspicion")
        import_module("compliance.filings.of_cases")  # tells monitoring which cases were reported
        import_module("compliance.filings.ofac_drafting")  # declares until when OFAC is told
        import_module("compliance.privacy.classes")  # what outlives its period
        import_module("compliance.month_end")  # what a month end keeps of the score
