"""The list of rules for construction tenders as it was written down, row by row.

A flag that must hold has no value; of a list the number of its items stands here.
"""

LISTED = """\
tender.min_days_issue_to_deadline | 20 | day | ZTB 24 | text
tender.min_days_documents_offered | 5 | day | TL 16 | text
tender.min_days_prequal_after_sale | 5 | day | TL 17 | text
tender.min_days_change_before_deadline | 15 | day | ZTB 23, TL 21 | text
tender.min_days_change_before_prequal | 3 | day | TL 21 | text
tender.min_days_objection_documents | 10 | day | TL 22 | text
tender.min_days_objection_prequal | 2 | day | TL 22 | text
tender.max_days_answer_objection | 3 | day | TL 22, 54 | text
tender.min_invitees | 3 | count | ZTB 17 | text
tender.min_bidders | 3 | count | ZTB 28, TL 44 | text
tender.min_prequalified | 3 | count | TL 19 | text
tender.opening_at_deadline | – | flag | ZTB 34, 36 | text
tender.refuse_late | – | flag | ZTB 28, TL 36 | text
tender.keep_shut | – | flag | ZTB 28, TL 41(1) | text
tender.free_change_until_deadline | – | flag | ZTB 29, TL 35 | text
tender.max_days_deposit_after_withdrawal | 5 | day | TL 35 | text
tender.max_deposit_permille | 20 | permille | TL 26 | text
tender.deposit_at_opening | – | flag | hall | recall
tender.max_days_deposit_after_contract | 5 | day | TL 57 | text
tender.max_performance_bond_permille | 100 | permille | TL 58 | text
tender.cap_published | – | flag | TL 27 | text
tender.reference_price | – | flag | TL 27, 50 | text
tender.bidders_secret | – | flag | ZTB 22, 52 | text
tender.related_bidders | – | flag | TL 34 | text
tender.panel_min | 5 | count | ZTB 37 | text
tender.panel_odd | – | flag | ZTB 37 | text
tender.panel_min_expert_share | 2/3 | ratio | ZTB 37 | text
tender.expert_min_years | 8 | year | ZTB 37 | text
tender.panel_random | – | flag | TL 46, 47 | text
tender.panel_secret | – | flag | ZTB 37 | text
tender.panel_recuse | – | flag | ZTB 37, TL 46 | text
tender.panel_replaced_redo | – | flag | TL 48 | text
tender.panel_more_time_share | 1/3 | ratio | TL 48 | text
tender.draw_max_hours_before | 24 | h | local | text
tender.clarification | – | flag | ZTB 39, TL 52 | text
tender.reject_grounds | 7 | list | TL 51 | text
tender.max_candidates | 3 | count | TL 53 | text
tender.silence_is_assent | – | flag | TL 53 | text
tender.max_days_report_to_publicity | 3 | day | TL 54 | text
tender.min_days_publicity | 3 | day | TL 54 | text
tender.first_candidate_wins | – | flag | TL 55 | text
tender.equal_lowest | – | flag | hall | recall
tender.objection_at_opening | – | flag | TL 44 | text
tender.max_days_complaint | 10 | day | TL 60 | text
tender.max_wdays_accept_complaint | 3 | wday | TL 61 | text
tender.max_wdays_decide_complaint | 30 | wday | TL 61 | text
tender.max_days_contract | 30 | day | ZTB 46 | text
tender.max_days_report_supervisor | 15 | day | ZTB 47 | text
tender.collusion_presumed | 6 | list | TL 40 | text
etender.receipt_time | – | flag | ES 11 | text
etender.signature_equal | 4 | list | ES 13, 14 | text
etender.refuse_unencrypted | – | flag | O20 26 | 2nd
etender.no_early_decrypt | – | flag | O20 27 | 2nd
etender.unfinished_upload | – | flag | O20 27 | recall
etender.receipt_at_once | – | flag | O20 28 | 2nd
etender.opening_steps | – | flag | O20 30 | 2nd
etender.undecrypted_bidder | – | flag | O20 31 | 2nd
etender.undecrypted_other | – | flag | O20 31 | 2nd
etender.decrypt_window_minutes | 30 | min | hall | recall
etender.objection_window_minutes | 5 | min | hall | 2nd
hall.outage_gap_s | 30 | s | hall | recall
hall.outage_auto_min | 10 | min | hall | recall
hall.outage_hold_min | 30 | min | hall | recall
hall.outage_long_h | 2 | h | hall | recall
hall.outage_extend_h | 24 | h | hall | recall
hall.outage_opening_h | 25 | h | hall | recall
hall.outage_short_extend_h | 2 | h | hall | recall
hall.outage_short_opening_h | 3 | h | hall | recall
hall.release_minutes | 30 | min | hall | recall
hall.owner_wdays | 3 | wday | hall | recall
hall.close_slack_s | 60 | s | hall | recall
hall.gate_wait_min | 15 | min | hall | recall
hall.confirm_minutes | 5 | min | hall | recall
hall.announce_ms | 0 | ms | hall | recall
hall.drill_days | 30 | day | hall | recall
hall.recall_min | 10 | min | hall | recall
hall.pause_min | 15 | min | hall | recall
hall.sealing_mode_max_fen | 0 | fen | hall | recall
hall.clock_skew_ms | 100 | ms | hall | recall
hall.draw_quarantine_days | 7 | day | hall | recall
hall.draw_max_load | 4 | count | hall | recall
hall.draw_max_per_employer | 1 | count | hall | recall
hall.draw_min_rows | 10 | count | hall | recall
hall.auction_grace_ms | 2000 | ms | hall | recall
hall.auction_attempts_per_s | 5 | count | hall | recall
"""
