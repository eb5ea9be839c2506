// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Emergencies: access without consent, declared, boxed in time, counted and reviewed
/// @notice A provider that must see records at once declares it here and shows the custodian what the commitment hides:
/// patient, custodian, who asks and why. The ledger learns none of it, only that this organisation declared. The box ends
/// by itself after hours; it never becomes a consent. Somebody else must judge each declaration afterwards.
/// @dev Each organisation has as many numbered slots as the Directory allows it. A slot takes a new declaration only when
/// its last one has been reviewed and is at least 24 hours old. So an organisation never makes more declarations in any 24
/// hours than it has slots, and each one without review costs it a slot. That is at least as strict as a token bucket of
/// that size refilled in 24 hours, whose burst could reach twice its size; and a slot is one word, used again and again, so
/// storage is bounded and a declaration costs one update.
/// The commitment is the EIP-712 digest (domain of Consents) of `Emergency(uint32 organization,uint32 custodian,
/// address subject,bytes32 recipient,bytes32 justification,bytes32 salt)`; nobody needs to sign it.
interface IEmergencies {
    /// @notice How a declaration stands with its review.
    enum Outcome {
        Open,
        Justified,
        NotJustified
    }

    /// @notice The last declaration in a slot; all zero if there was none.
    /// @param commitment The first 22 bytes of the commitment.
    /// @param declaredAt When, in seconds since 1970.
    /// @param until First second at which the box is closed.
    /// @param reason Why, see `spec/`.
    /// @param outcome What the review said.
    struct Emergency {
        bytes22 commitment;
        uint32 declaredAt;
        uint32 until;
        uint8 reason;
        Outcome outcome;
    }

    /// @notice `organization` declared an emergency in this slot.
    event EmergencyDeclared(
        uint32 indexed organization,
        uint8 slot,
        uint8 reason,
        uint32 declaredAt,
        uint32 until,
        bytes32 indexed commitment
    );
    /// @notice The organisation closed its box early.
    event EmergencyEnded(uint32 indexed organization, uint8 slot, uint32 declaredAt, uint32 until);
    /// @notice `reviewer` judged the declaration of `declaredAt`.
    event EmergencyReviewed(
        uint32 indexed organization, uint8 slot, uint32 declaredAt, Outcome outcome, uint32 indexed reviewer
    );

    /// @notice The caller is not the current operator of an active organisation.
    error Emergencies_NotOperator(address caller);
    /// @notice Only a provider of care can declare.
    error Emergencies_NotProvider(uint32 organization, uint16 roles);
    /// @notice The organisation has only `quota` slots, numbered from 0.
    error Emergencies_NoSuchSlot(uint32 organization, uint8 slot, uint8 quota);
    /// @notice Not a reason of the table.
    error Emergencies_InvalidReason(uint8 reason);
    /// @notice A box is open for 1 to 24 hours.
    error Emergencies_InvalidHours(uint8 boxHours);
    /// @notice The last declaration in the slot waits for its review.
    error Emergencies_NotReviewed(uint32 organization, uint8 slot, uint32 declaredAt);
    /// @notice The slot can be used again at `freeAt`.
    error Emergencies_NotRefilled(uint32 organization, uint8 slot, uint32 freeAt, uint32 time);
    /// @notice No box is open in the slot.
    error Emergencies_NotOpen(uint32 organization, uint8 slot, uint32 until);
    /// @notice Only a regulator or an ethics board can review.
    error Emergencies_NotReviewer(uint32 reviewer, uint16 roles);
    /// @notice Nobody reviews itself.
    error Emergencies_OwnReview(uint32 organization);
    /// @notice The slot holds another declaration than the one judged.
    error Emergencies_OtherDeclaration(uint32 organization, uint8 slot, uint32 declaredAt, uint32 judged);
    /// @notice The box is still open; it is judged when it is over.
    error Emergencies_StillOpen(uint32 organization, uint8 slot, uint32 until);
    /// @notice The declaration has been judged.
    error Emergencies_AlreadyReviewed(uint32 organization, uint8 slot, Outcome outcome);
    /// @notice A review says justified or not justified.
    error Emergencies_InvalidOutcome(Outcome outcome);

    /// @notice Declares an emergency from now on. For the operator of a provider.
    /// @param slot One of the organisation's slots that is free.
    /// @param reason Why, see `spec/`.
    /// @param boxHours How many hours the box is open, 1 to 24.
    /// @param commitment Digest of what the custodian will be shown.
    function declareEmergency(uint8 slot, uint8 reason, uint8 boxHours, bytes32 commitment) external;

    /// @notice Closes an open box early. For the operator of the organisation that declared.
    function endEmergency(uint8 slot) external;

    /// @notice Judges a declaration whose box is over. For the operator of another organisation that is a regulator or an
    /// ethics board.
    /// @param declaredAt Which declaration is meant: the slot may meanwhile hold another.
    function reviewEmergency(uint32 organization, uint8 slot, uint32 declaredAt, Outcome outcome) external;

    /// @notice The last declaration in a slot.
    function emergency(uint32 organization, uint8 slot) external view returns (Emergency memory);

    /// @notice Whether, by the last declaration in this slot, the box of exactly this commitment is open at `time`, and the
    /// organisation active now.
    function isEmergency(uint32 organization, uint8 slot, bytes32 commitment, uint48 time) external view returns (bool);

    /// @notice The slots whose declaration was not reviewed within 72 hours, lowest bit first.
    function overdue(uint32 organization) external view returns (uint256 slots);
}
