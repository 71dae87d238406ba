"""What every stage shares: its record, the policy, code versions, the gate."""
