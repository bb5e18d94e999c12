"""From live metrics to what people read: questions, measurements, budgets, formats."""
